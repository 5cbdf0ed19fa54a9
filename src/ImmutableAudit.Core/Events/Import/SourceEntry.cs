namespace ImmutableAudit.Events.Import;

/// <summary>One entry of what somebody else logged: an event, or why there is none.</summary>
/// <param name="File">The source's name as it was given.</param>
/// <param name="Position">
/// The line where the entry begins, from 1; in a list of JSON its place in the list, from 0. −1 where the error is about the whole source.
/// </param>
/// <param name="Event">The event; null where there is an error.</param>
/// <param name="Error"><c>FormatInvalid</c>, naming source and position, or why the source can't be read; null where there is an event.</param>
public sealed record SourceEntry(string File, long Position, AuditEvent? Event, AuditException? Error);
