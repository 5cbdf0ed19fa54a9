using System.Collections;
using System.Management.Automation;

namespace ImmutableAudit.PowerShell;

/// <summary>Which errors a command added to <c>$Error</c>: whatever lies before the newest one known from before it.</summary>
internal sealed class CommandErrors
{
    private const int MostCounted = 256;
    private object? _newest;

    /// <summary>Takes what is in <c>$Error</c> now for old.</summary>
    public void Forget(IList? errors) => _newest = errors is { Count: > 0 } ? errors[0] : null;

    /// <summary>How many errors are new, and what the newest says.</summary>
    public (int Count, string? Message, string? Id) New(IList? errors)
    {
        if (errors is null || errors.Count == 0)
            return default;
        var count = 0;
        while (count < errors.Count && count < MostCounted && !ReferenceEquals(errors[count], _newest))
            count++;
        if (count == 0)
            return default;
        var (message, id) = Read(errors[0]);
        return (count, message, id);
    }

    /// <summary>An error's message and its FullyQualifiedErrorId.</summary>
    public static (string? Message, string? Id) Read(object? error) => error switch
    {
        PSObject { BaseObject: not PSCustomObject and var inner } => Read(inner),
        ErrorRecord record => (record.ErrorDetails?.Message ?? record.Exception?.Message, record.FullyQualifiedErrorId),
        IContainsErrorRecord { ErrorRecord: { } record } => Read(record),
        Exception exception => (exception.Message, exception.GetType().Name),
        _ => (error?.ToString(), null),
    };
}
