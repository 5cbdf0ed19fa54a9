using System.Diagnostics;
using System.Globalization;

namespace ImmutableAudit.Fuzz;

/// <summary>A reader's share of a run: feeds it, and counts.</summary>
internal sealed class Campaign(Target target, int seed, string findings)
{
    private const int MostInCorpus = 400;
    private const int MostOutcomes = 4000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly List<byte[]> _corpus = [.. target.Samples];
    private readonly HashSet<string> _outcomes = [];
    private readonly HashSet<string> _found = [];
    private readonly Stopwatch _clock = new();
    private long _accepted;
    private int _round;

    public int Weight => target.Weight;

    public int Findings => _found.Count;

    public long Inputs { get; private set; }

    public long MostAllocated { get; private set; }

    /// <summary>All good inputs as they are; then as many changed ones as fit into the time.</summary>
    public void Run(TimeSpan time)
    {
        var until = _clock.Elapsed + time;
        _clock.Start();
        if (Inputs == 0)
        {
            foreach (var sample in target.Samples)
                Feed(sample, isSample: true);
        }

        while (_clock.Elapsed < until)
            Feed(new Mutator(HashCode(seed, _round++), _corpus, target.Samples.Count).Next(), isSample: false);
        _clock.Stop();
    }

    /// <summary>One input, as a finding's file has it.</summary>
    public void Replay(byte[] input)
    {
        Feed(input, isSample: false);
        Console.WriteLine(string.Join('\n', _outcomes));
    }

    public string Summary() => string.Create(
        CultureInfo.InvariantCulture,
        $"{target.Name,-18}{Inputs,12:N0}{Inputs / Math.Max(0.001, _clock.Elapsed.TotalSeconds),10:N0}/s{100.0 * _accepted / Math.Max(1, Inputs),8:N2} %{_outcomes.Count,8:N0}{MostAllocated / 1024,10:N0} KB{_found.Count,5:N0}");

    public static string Head() => string.Create(
        CultureInfo.InvariantCulture, $"{"reader",-18}{"inputs",12}{"speed",12}{"accepted",10}{"outcomes",8}{"most at once",13}{"findings",9}");

    private void Feed(byte[] input, bool isSample)
    {
        Inputs++;
        var before = GC.GetAllocatedBytesForCurrentThread();
        using (Watchdog.Watch(Patience, () => Save("hangs", input)))
        {
            try
            {
                var outcome = target.Read(input);
                if (outcome == Target.Accepted)
                    _accepted++;
                else if (isSample)
                    throw new InvalidOperationException("A good input was refused: " + outcome);
                Note(outcome, input);
            }
            catch (Exception e)
            {
                // One finding for each place that throws, however many inputs lead there.
                var place = e.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("ImmutableAudit", StringComparison.Ordinal))?.Trim();
                if (_found.Add(e.GetType().Name + place))
                    Save($"{e.GetType().Name}: {e}", input);
            }
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        MostAllocated = Math.Max(MostAllocated, allocated);
        if (allocated > target.Fixed + ((long)target.PerByte * input.Length) && _found.Add("allocation"))
            Save($"allocated {allocated:N0} bytes for an input of {input.Length:N0}", input);
    }

    // What led to something new is worth changing further.
    private void Note(string outcome, byte[] input)
    {
        // Without numbers, and without what is quoted from the input.
        var kind = string.Concat(outcome.Split('\'').Where((_, i) => i % 2 == 0)).Split('"')[0];
        kind = string.Concat(kind.Where(c => !char.IsAsciiDigit(c)).Take(120));
        if (_outcomes.Count < MostOutcomes && _outcomes.Add(kind) && _corpus.Count < MostInCorpus && input.Length < 8192)
            _corpus.Add(input);
    }

    private void Save(string what, byte[] input)
    {
        var file = Path.Combine(findings, $"{target.Name}-{seed}-{_round}.bin");
        Directory.CreateDirectory(findings);
        File.WriteAllBytes(file, input);
        Console.WriteLine($"FINDING in {target.Name}, seed {seed}, input {_round}, kept as '{file}':\n{what}");
    }

    private static int HashCode(int seed, int round) => unchecked((seed * 31_337) + (round * 7919));
}
