namespace TlsFsm.Cli.Doctor;

/// <summary>All of one kind that a server accepts, in the order in which it chose.</summary>
/// <param name="Names">IANA's names.</param>
/// <param name="IsServersOrder">Whether the order is the server's own; null when nothing shows it.</param>
/// <param name="Trouble">Why the list may not be whole; null when it is.</param>
internal sealed record AcceptedList(IReadOnlyList<string> Names, bool? IsServersOrder = null, string? Trouble = null);
