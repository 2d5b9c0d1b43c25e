namespace TlsFsm.Tests.Learning;

/// <summary>Something that happens to a connection from outside.</summary>
/// <param name="Name">In drawings and tables.</param>
/// <param name="Happens">Lets it happen.</param>
internal sealed record Symbol(string Name, Action<Encounter> Happens);
