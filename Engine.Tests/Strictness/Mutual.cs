using System.Security.Authentication;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Strictness;

/// <summary>Trials with a certificate on both sides, so that a handshake has all its messages.</summary>
internal static class Mutual
{
    public static Trial Trial(FaultSource from, SslProtocols version) => from == FaultSource.Client
        ? Strictness.Trial.OfClient(version, Client(version), Server(version))
        : Strictness.Trial.OfServer(version, Server(version), Client(version));

    public static TlsClientOptions Client(SslProtocols version, TlsCredential? credential = null) => new()
    {
        TargetHost = TestCertificates.Host,
        Verification = TestCertificates.Verification,
        EnabledProtocols = version,
        Credential = credential ?? TestCertificates.Client,
    };

    public static TlsServerOptions Server(SslProtocols version, TlsCredential? credential = null) => new()
    {
        Credential = credential ?? TestCertificates.Server,
        EnabledProtocols = version,
        ClientCertificates = ClientCertificateMode.Request,
        ClientVerification = TestCertificates.Verification,
    };
}
