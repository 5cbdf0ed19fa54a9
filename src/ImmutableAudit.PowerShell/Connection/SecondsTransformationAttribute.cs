using System.Globalization;
using System.Management.Automation;

namespace ImmutableAudit.PowerShell;

/// <summary>Takes a bare number for seconds, as AWS's own tools do. PowerShell would make ticks of it.</summary>
internal sealed class SecondsTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            int or long => TimeSpan.FromSeconds(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
            string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= int.MaxValue => TimeSpan.FromSeconds(seconds),
            _ => inputData,
        };
    }
}
