using ImmutableAudit.Signing;

namespace ImmutableAudit.Watching;

/// <summary>From where a log is watched, how, and what the watcher brings along.</summary>
public sealed record WatchOptions
{
    /// <summary>The first record to hand out; null to begin elsewhere. A number behind the end says that the record before it was seen.</summary>
    public long? Since { get; init; }

    /// <summary>Hand out so many records from the log's end first; null for none.</summary>
    public long? Newest { get; init; }

    /// <summary>A file that remembers how far the watcher got, so that the next one goes on there; null for none.</summary>
    public string? StatePath { get; init; }

    /// <summary>The time between two polls.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest time between two polls while the store doesn't answer.</summary>
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many names or versions a poll lists at most; null for 10,000 in a directory and 2,000 (two requests) in a bucket.</summary>
    public int? SweepSize { get; init; }

    /// <summary>The longest silence that is fine; null for what the log promises.</summary>
    public TimeSpan? Heartbeat { get; init; }

    /// <summary>So many failures of an actor raise an alert; 0 for never.</summary>
    public int FailureThreshold { get; init; } = 5;

    /// <summary>Within so long a time, as the events' own times say.</summary>
    public TimeSpan FailureWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether the first access of an actor to a resource raises an alert.</summary>
    public bool FirstAccess { get; init; }

    /// <summary>From so many records before the first that is handed out the watcher learns who uses what. Used with <see cref="FirstAccess"/> only.</summary>
    public long History { get; init; } = 10_000;

    /// <summary>Whether the whole log is verified first.</summary>
    public bool VerifyAll { get; init; }

    /// <summary>Keys that are trusted: position 0 must be sealed by one of them. Empty: trusted at first sight.</summary>
    public IReadOnlyList<VerifierKey> TrustedKeys { get; init; } = [];

    /// <summary>The origin expected at this place; null if not known.</summary>
    public string? Origin { get; init; }

    /// <summary>The hash of the first segment if it is known, in hex; null if not.</summary>
    public string? GenesisHash { get; init; }

    /// <summary>A checkpoint of this log that was kept: the log must continue it. Null for none.</summary>
    public Checkpoint? KnownCheckpoint { get; init; }

    /// <summary>How often the bucket's default retention is looked at.</summary>
    public TimeSpan LockInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
