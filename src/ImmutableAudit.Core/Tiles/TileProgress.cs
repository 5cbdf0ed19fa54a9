namespace ImmutableAudit.Tiles;

/// <summary>What a writer's tiles came to. Nothing of it concerns the log, only how fast proofs from it are.</summary>
/// <param name="Written">Tiles that it put.</param>
/// <param name="Present">Tiles that others had put before.</param>
/// <param name="Trouble">Why tiles are missing; null if none are that this writer should have put.</param>
public sealed record TileProgress(long Written, long Present, string? Trouble);
