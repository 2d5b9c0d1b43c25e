namespace TlsFsm.Cli.Reporting;

/// <summary>One message, without its bytes.</summary>
/// <param name="Time">When, by the loop's clock.</param>
/// <param name="IsSent">Whether this end sent it.</param>
/// <param name="What">Which.</param>
/// <param name="Size">Bytes.</param>
/// <param name="IsProtected">Whether it was encrypted on the wire.</param>
internal sealed record RecordedMessage(DateTimeOffset Time, bool IsSent, string What, int Size, bool IsProtected);
