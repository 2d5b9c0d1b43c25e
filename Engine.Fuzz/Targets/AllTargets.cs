using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Targets;

/// <summary>Every target, in the order in which they are run.</summary>
internal static class AllTargets
{
    public static IReadOnlyList<ITarget> List { get; } =
    [
        new HandshakeTarget(isEngineServer: false),
        new HandshakeTarget(isEngineServer: true),
        new EstablishedTarget(),
        new TicketTarget(),
        new SealedStateTarget(),
        new ClientHelloTarget(),
        new PemTarget(),
        new OptionsTarget(),
        new NamesTarget(),
        new CertificatesTarget(),
        new StaplesTarget(),
    ];

    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static ITarget ByName(string name) => List.FirstOrDefault(target => target.Name == name)
        ?? throw new ArgumentException($"There is no target '{name}'; there are {string.Join(", ", List.Select(target => target.Name))}.");
}
