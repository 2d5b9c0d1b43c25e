using System.Net.Security;
using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Sessions;
using TlsFsm.Core.BouncyCastle.Identity;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>Collects what a handshake settled, at the one moment when BouncyCastle still knows all of it.</summary>
internal static class SettledHandshake
{
    /// <param name="context">The handshake.</param>
    /// <param name="facts">What BouncyCastle does not keep of it.</param>
    /// <param name="peer">What the peer has shown, now or in the session that is resumed.</param>
    /// <param name="own">What we have presented; null for nothing.</param>
    /// <param name="serverName">The name that the client has asked for.</param>
    /// <param name="origin">The full handshake that this one goes back to.</param>
    /// <param name="isResumed">Whether that was another.</param>
    public static TlsSessionInfo Collect(
        TlsContext context, HandshakeFacts facts, PeerIdentity peer, Presented? own, string? serverName, Guid origin, bool isResumed)
    {
        var security = context.SecurityParameters;
        var isTls13 = TlsUtilities.IsTlsV13(security.NegotiatedVersion);
        var group = isTls13 ? security.NegotiatedGroup : facts.LastGroup;
        return new TlsSessionInfo
        {
            Protocol = isTls13 ? SslProtocols.Tls13 : SslProtocols.Tls12,
            CipherSuite = (TlsCipherSuite)security.CipherSuite,
            Group = group < 0 ? null : NamedGroup.GetName(group),
            PeerSignatureScheme = facts.PeerSignatureScheme < 0 ? null : SignatureScheme.GetName(facts.PeerSignatureScheme),
            OwnSignatureScheme = facts.OwnSignatureScheme < 0 ? null : SignatureScheme.GetName(facts.OwnSignatureScheme),
            PskIdentity = facts.PskIdentity,
            OwnCredential = own?.Credential.Source,
            OwnCertificateType = own is { IsRaw: true } ? TlsCertificateType.RawPublicKey : TlsCertificateType.X509,
            PeerRawPublicKey = peer.RawPublicKey,
            ApplicationProtocol = security.ApplicationProtocol is { } name ? new SslApplicationProtocol(name.GetBytes()) : default,
            ServerName = serverName,
            PeerCertificates = peer.Certificates,
            HasExtendedMasterSecret = isTls13 || security.IsExtendedMasterSecret,
            IsResumed = isResumed,
            Origin = origin,
        };
    }
}
