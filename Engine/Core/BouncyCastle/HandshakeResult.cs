using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>Collects what a handshake settled, at the one moment when BouncyCastle still knows all of it.</summary>
internal static class HandshakeResult
{
    public static TlsSessionInfo Collect(TlsContext context, NativeCrypto crypto, IReadOnlyList<X509Certificate2> peerCertificates, string? serverName, Guid origin, bool isResumed)
    {
        var security = context.SecurityParameters;
        var isTls13 = TlsUtilities.IsTlsV13(security.NegotiatedVersion);
        var group = isTls13 ? security.NegotiatedGroup : crypto.LastGroup;
        return new TlsSessionInfo
        {
            Protocol = isTls13 ? SslProtocols.Tls13 : SslProtocols.Tls12,
            CipherSuite = (TlsCipherSuite)security.CipherSuite,
            Group = group < 0 ? null : NamedGroup.GetName(group),
            PeerSignatureScheme = crypto.PeerSignatureScheme < 0 ? null : SignatureScheme.GetName(crypto.PeerSignatureScheme),
            OwnSignatureScheme = crypto.OwnSignatureScheme < 0 ? null : SignatureScheme.GetName(crypto.OwnSignatureScheme),
            PskIdentity = crypto.PskIdentity,
            PeerRawPublicKey = crypto.PeerRawKey,
            ApplicationProtocol = security.ApplicationProtocol is { } name ? new SslApplicationProtocol(name.GetBytes()) : default,
            ServerName = serverName,
            PeerCertificates = peerCertificates,
            HasExtendedMasterSecret = isTls13 || security.IsExtendedMasterSecret,
            IsResumed = isResumed,
            Origin = origin,
        };
    }
}
