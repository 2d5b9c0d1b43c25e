namespace TlsFsm.Cli.Reporting;

/// <summary>Bytes that went one way before any went the other.</summary>
/// <param name="From">When the first went.</param>
/// <param name="To">When the last did.</param>
/// <param name="IsSent">Whether this end sent them.</param>
/// <param name="Bytes">How many, of records with their headers.</param>
/// <param name="Count">In how many reads or writes of the transport.</param>
internal sealed record RecordedTransfer(DateTimeOffset From, DateTimeOffset To, bool IsSent, long Bytes, int Count);
