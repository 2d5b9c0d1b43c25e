using System.Security.Authentication;
using TlsFsm.Tests.Learning.Peers;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Learning;

/// <summary>Which engine is asked, and about which part of its life.</summary>
/// <param name="IsServer">Its role.</param>
/// <param name="Version">Its version, and the only one.</param>
/// <param name="HasClientCertificate">A server asks for one, a client has one.</param>
/// <param name="IsPaused">
/// About the time after the handshake, with an application that pauses reading: in one model with all the rest every state would be there
/// several times.
/// </param>
internal sealed record Subject(bool IsServer, SslProtocols Version, bool HasClientCertificate, bool IsPaused)
{
    private static readonly TlsPolicy Policy = new() { Groups = [TlsNamedGroup.X25519] };

    /// <summary>The eight whole lives, and four of paused readers.</summary>
    public static IReadOnlyList<Subject> All { get; } =
    [
        .. from isPaused in new[] { false, true }
           from hasCertificate in isPaused ? [false] : new[] { false, true }
           from isServer in new[] { true, false }
           from version in new[] { SslProtocols.Tls12, SslProtocols.Tls13 }
           select new Subject(isServer, version, hasCertificate, isPaused),
    ];

    public bool IsTls13 => Version == SslProtocols.Tls13;

    /// <summary>The name of its files.</summary>
    public string Name =>
        $"{(IsServer ? "server" : "client")}-{(IsTls13 ? "tls13" : "tls12")}{(HasClientCertificate ? "-certificate" : "")}"
        + (IsPaused ? "-paused" : "");

    /// <summary>What stands above its picture.</summary>
    public string Title =>
        $"{(IsServer ? "Server" : "Client")}, TLS {(IsTls13 ? "1.3" : "1.2")}"
        + (HasClientCertificate ? IsServer ? ", asks for a client certificate" : ", has a client certificate" : "")
        + (IsPaused ? ", after the handshake, with pauses of the reader" : "");

    public Peer MakePeer() => (IsServer, IsTls13) switch
    {
        (true, true) => new ClientPeer13(),
        (true, false) => new ClientPeer12(),
        (false, true) => new ServerPeer13(),
        (false, false) => new ServerPeer12(),
    };

    public TlsConnection MakeConnection(IEventLoop loop, IProtocol application)
    {
        // Certificates are looked at by other tests; here a verdict would only take time.
        if (IsServer)
        {
            var server = new TlsServerOptions
            {
                Credential = TestCertificates.Server,
                EnabledProtocols = Version,
                Policy = Policy,
                TicketKeys = null,
                ClientCertificates = HasClientCertificate ? ClientCertificateMode.Request : ClientCertificateMode.None,
                ClientVerification = CertificateVerification.DangerousAcceptAny,
                AllowHalfCloseOnTls12 = true,
            };
            return new TlsConnection(loop, application, BouncyCastleCore.CreateServer(server), server);
        }

        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host,
            EnabledProtocols = Version,
            Policy = Policy,
            Verification = CertificateVerification.DangerousAcceptAny,
            Credential = HasClientCertificate ? TestCertificates.Client : null,
            AllowHalfCloseOnTls12 = true,
        };
        return new TlsConnection(loop, application, BouncyCastleCore.CreateClient(client), client);
    }

    /// <summary>For the names of tests.</summary>
    public override string ToString() => Name;
}
