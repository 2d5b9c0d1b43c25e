using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>What both sides of a handshake are set to, read out of the first bytes of an input.</summary>
internal sealed record Setting
{
    /// <summary>Bytes that it is made of.</summary>
    public const int Size = 6;

    public required SslProtocols EngineVersions { get; init; }

    public required SslProtocols PeerVersions { get; init; }

    public required KeyKind ServerKey { get; init; }

    public required ClientCertificateMode ClientCertificates { get; init; }

    public required bool HasClientCertificate { get; init; }

    /// <summary>The peer's group is not the one that a key comes for at once: on TLS 1.3 there is a HelloRetryRequest.</summary>
    public required bool Retries { get; init; }

    /// <summary>The hybrid with ML-KEM.</summary>
    public required bool IsHybrid { get; init; }

    public required bool HasPsk { get; init; }

    /// <summary>Server: options are chosen by name. Client: the credential is chosen by a callback.</summary>
    public required bool Chooses { get; init; }

    /// <summary>What is chosen is said on a later turn.</summary>
    public required bool IsLate { get; init; }

    /// <summary>The engine signs by a signer that answers on a later turn.</summary>
    public required bool SignsLate { get; init; }

    public required bool HasProtocols { get; init; }

    public required bool HasStaple { get; init; }

    /// <summary>The peer's transcript follows what is changed, so that the handshake goes on as if it had been meant.</summary>
    public required bool IsTranscriptKept { get; init; }

    /// <summary>The suite of TLS 1.2 or 1.3, as a number that is taken modulo.</summary>
    public required int Suite { get; init; }

    public required ulong PeerSeed { get; init; }

    /// <summary>How bytes are cut for the second run.</summary>
    public required byte Cutting { get; init; }

    public SslProtocols Agreed => EngineVersions.HasFlag(SslProtocols.Tls13) && PeerVersions.HasFlag(SslProtocols.Tls13)
        ? SslProtocols.Tls13 : SslProtocols.Tls12;

    public static Setting Read(ref InputReader reader)
    {
        var (versions, identity, flags, more, cutting, seed) =
            (reader.Byte(), reader.Byte(), reader.Byte(), reader.Byte(), reader.Byte(), reader.Byte());
        return new Setting
        {
            EngineVersions = VersionsOf(versions & 3),
            PeerVersions = VersionsOf((versions >> 2) & 3),
            Suite = versions >> 4,
            ServerKey = (KeyKind)((identity & 3) % 3),
            ClientCertificates = (ClientCertificateMode)(((identity >> 2) & 3) % 3),
            HasClientCertificate = (identity & 16) != 0,
            Retries = (flags & 1) != 0,
            IsHybrid = (flags & 6) == 6,
            HasPsk = (flags & 24) == 24,
            Chooses = (flags & 32) != 0,
            IsLate = (flags & 64) != 0,
            SignsLate = (flags & 128) != 0,
            HasProtocols = (more & 1) != 0,
            HasStaple = (more & 2) != 0,
            IsTranscriptKept = (more & 4) == 0,
            Cutting = cutting,
            PeerSeed = seed,
        };
    }

    private static SslProtocols VersionsOf(int choice) => choice switch
    {
        1 => SslProtocols.Tls12,
        2 => SslProtocols.Tls12 | SslProtocols.Tls13,
        _ => SslProtocols.Tls13,
    };
}

/// <summary>The engine's options for a setting.</summary>
internal static class EngineOptions
{
    public static readonly byte[] PskIdentity = "fuzz"u8.ToArray();
    public static readonly byte[] PskSecret = [.. Enumerable.Repeat((byte)7, 32)];

    private static readonly TlsPsk Psk = new(PskIdentity, PskSecret);
    private static readonly SslApplicationProtocol[] Protocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    public static TlsClientOptions Client(Setting setting, TimeProvider time, Action<Action> later) => new()
    {
        TargetHost = Identities.Host,
        Verification = Identities.Trust,
        EnabledProtocols = setting.EngineVersions,
        Policy = Policy(setting),
        Credential = setting is { HasClientCertificate: true, Chooses: false } ? Own(setting, isServer: false, later) : null,
        ChooseCredential = !setting.Chooses ? null : (_, decision) => Answer(
            setting, later, () => decision.Complete(setting.HasClientCertificate ? Own(setting, isServer: false, later) : null)),
        ApplicationProtocols = setting.HasProtocols ? Protocols : [],
        Psks = setting.HasPsk ? [Psk] : [],
        SessionCache = setting.HasStaple ? new MemorySessionCache(timeProvider: time) : null,
        TimeProvider = time,
    };

    public static TlsServerOptions Server(Setting setting, TimeProvider time, Action<Action> later)
    {
        var options = Plain(setting, time, later);
        if (!setting.Chooses)
            return options;
        if (!setting.IsLate && setting.HasProtocols)
        {
            var names = new TlsServerNames();
            names.Set(Identities.Host, Plain(setting, time, later));
            return options with { Names = names };
        }

        return options with { Choose = (_, decision) => Answer(setting, later, () => decision.Complete(TlsServerChoice.Default)) };
    }

    private static TlsServerOptions Plain(Setting setting, TimeProvider time, Action<Action> later) => new()
    {
        Credential = Own(setting, isServer: true, later),
        EnabledProtocols = setting.EngineVersions,
        Policy = Policy(setting),
        ClientCertificates = setting.ClientCertificates,
        ClientVerification = Identities.Trust,
        ApplicationProtocols = setting.HasProtocols ? Protocols : [],
        FindPsk = setting.HasPsk && setting.ClientCertificates != ClientCertificateMode.Require ? TlsPsk.Among(Psk) : null,
        TicketKeys = setting.HasStaple ? new MemoryTicketKeyRing(timeProvider: time) : null,
        TimeProvider = time,
    };

    private static void Answer(Setting setting, Action<Action> later, Action answer)
    {
        if (setting.IsLate)
            later(answer);
        else
            answer();
    }

    private static TlsCredential Own(Setting setting, bool isServer, Action<Action> later)
    {
        var own = isServer ? Identities.Server(setting.ServerKey) : Identities.Client(setting.ServerKey);
        var credential = setting is { SignsLate: true, ServerKey: not KeyKind.Ed25519 }
            ? new TlsCredential(own.Credential.Certificate, new LateSigner(own.Credential, later), own.Credential.Intermediates)
            : own.Credential;
        return isServer && setting.HasStaple ? credential with { Staple = new OcspStaple(Staples.Good(setting.ServerKey)) } : credential;
    }

    /// <summary>Curves that are quick, and the hybrid where a setting asks for it.</summary>
    private static TlsPolicy Policy(Setting setting) => TlsPolicy.Default with
    {
        Groups = setting.IsHybrid
            ? [TlsNamedGroup.X25519MLKem768, TlsNamedGroup.X25519, TlsNamedGroup.Secp256r1]
            : [TlsNamedGroup.X25519, TlsNamedGroup.Secp256r1],
        KeyShares = setting.IsHybrid ? [TlsNamedGroup.X25519MLKem768] : [TlsNamedGroup.X25519],
    };
}
