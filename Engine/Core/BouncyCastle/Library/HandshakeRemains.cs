using System.Collections.ObjectModel;
using System.Runtime.CompilerServices;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Core.BouncyCastle.Library;

/// <summary>
/// What BouncyCastle keeps of a handshake for a connection's whole life though nobody asks for it any more: half of what an idle connection
/// would hold. <c>LibraryFit</c> says whether the names still fit.
/// </summary>
internal static class HandshakeRemains
{
    /// <summary>Lets go of them. The handshake has finished, and what outlives it was taken out.</summary>
    public static void Drop(TlsProtocol protocol, TlsContext context)
    {
        // Another one begins with the end of the handshake, and would collect what comes behind it.
        Transcript(protocol) = NoTranscript.Instance;
        Session(context) = null;

        var security = context.SecurityParameters;
        ClientRandom(security) = null;
        ServerRandom(security) = null;
        LocalVerifyData(security) = null;
        PeerVerifyData(security) = null;
        TlsUnique(security) = null;
        EndPoint(security) = null;
        LocalCertificate(security) = null;
        PeerCertificate(security) = null;
    }

    /// <summary>As <see cref="Drop(TlsProtocol, TlsContext)"/>, of a server's role.</summary>
    public static void Drop(AbstractTlsServer role)
    {
        // A hybrid's key share alone has 1.2 kB.
        ClientExtensions(role) = null;
        ServerExtensions(role) = None;
        OfferedCipherSuites(role) = null;
        StatusRequest(role) = null;
        ProtocolNames(role) = null;
    }

    private static readonly IDictionary<int, byte[]> None = ReadOnlyDictionary<int, byte[]>.Empty;

    /// <summary>The transcript of a handshake, while it lasts.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_handshakeHash")]
    public static extern ref TlsHandshakeHash Transcript(TlsProtocol protocol);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_session")]
    private static extern ref TlsSession? Session(
        [UnsafeAccessorType("Org.BouncyCastle.Tls.AbstractTlsContext, BouncyCastle.Cryptography")] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_clientExtensions")]
    private static extern ref IDictionary<int, byte[]>? ClientExtensions(AbstractTlsServer role);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_offeredCipherSuites")]
    private static extern ref int[]? OfferedCipherSuites(AbstractTlsServer role);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_certificateStatusRequest")]
    private static extern ref CertificateStatusRequest? StatusRequest(AbstractTlsServer role);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_clientProtocolNames")]
    private static extern ref IList<ProtocolName>? ProtocolNames(AbstractTlsServer role);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_serverExtensions")]
    private static extern ref IDictionary<int, byte[]> ServerExtensions(AbstractTlsServer role);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_clientRandom")]
    private static extern ref byte[]? ClientRandom(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_serverRandom")]
    private static extern ref byte[]? ServerRandom(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_localVerifyData")]
    private static extern ref byte[]? LocalVerifyData(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_peerVerifyData")]
    private static extern ref byte[]? PeerVerifyData(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_tlsUnique")]
    private static extern ref byte[]? TlsUnique(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_tlsServerEndPoint")]
    private static extern ref byte[]? EndPoint(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_localCertificate")]
    private static extern ref Certificate? LocalCertificate(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_peerCertificate")]
    private static extern ref Certificate? PeerCertificate(SecurityParameters security);

    /// <summary>Takes messages in and keeps none: behind a handshake there is nothing to make a hash for.</summary>
    private sealed class NoTranscript : TlsHandshakeHash
    {
        public static readonly NoTranscript Instance = new();

        public void Update(byte[] input, int inOff, int length) { }

        public void Update(ReadOnlySpan<byte> input) { }

        public void CopyBufferTo(Stream output) { }

        public void ForceBuffering() { }

        public void NotifyPrfDetermined() { }

        public void TrackHashAlgorithm(int cryptoHashAlgorithm) { }

        public void SealHashAlgorithms() { }

        public void StopTracking() { }

        public void Reset() { }

        public byte[] CalculateHash() => throw Over();

        public TlsHash CloneHash() => throw Over();

        public TlsHash ForkPrfHash() => throw Over();

        public byte[] GetFinalHash(int cryptoHashAlgorithm) => throw Over();

        private static TlsFatalAlert Over() =>
            Faults.Carry(Strictness.OwnFaults.Internal("The transcript of a handshake is wanted after its end."));
    }
}
