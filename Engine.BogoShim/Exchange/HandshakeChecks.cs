using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TlsFsm.BogoShim.Flags;
using TlsFsm.BogoShim.Setup;

namespace TlsFsm.BogoShim.Exchange;

/// <summary>Compares what a handshake settled with what the flags expect.</summary>
internal sealed class HandshakeChecks(ShimConfig config, Notes notes, bool isResume)
{
    /// <exception cref="MismatchException">Something is otherwise; the message says what.</exception>
    public void Check(TlsSessionInfo session, bool hasRetry, Shared shared)
    {
        var expect = config.Expect;
        if (config.HandshakeNeverDone)
            throw new MismatchException("The handshake should never be done.");
        if (notes.Mismatch is { } mismatch)
            throw new MismatchException(mismatch);

        var version = session.Protocol == SslProtocols.Tls13 ? 0x0304 : 0x0303;
        Same(expect.Version, version, "version");
        Same(expect.Cipher, (int)session.CipherSuite, "cipher suite");
        Same(System.Runtime.Intrinsics.X86.Aes.IsSupported ? expect.CipherWithAes : 0, (int)session.CipherSuite, "cipher suite");
        Same(expect.Curve, session.Group is null ? 0 : NumberOf<TlsNamedGroup>(session.Group), "group");
        if (!session.IsResumed)
            Same(expect.PeerSignatureAlgorithm, session.PeerSignatureScheme is null
                ? 0 : NumberOf<TlsSignatureScheme>(session.PeerSignatureScheme), "signature scheme of the peer");

        var alpn = Encoding.Latin1.GetString(session.ApplicationProtocol.Protocol.Span);
        Same(config.IsServer ? config.SelectAlpn ?? "" : expect.Alpn ?? "", alpn, "application protocol");
        if (expect.ServerName is not null)
            Same(expect.ServerName, session.ServerName ?? "", "server name");
        Same(isResume && !expect.SessionMiss, session.IsResumed, "resumption");
        CheckPeer(session);
        if (expect.HelloRetryRequest || expect.NoHelloRetryRequest)
            Same(expect.HelloRetryRequest, hasRetry, "HelloRetryRequest");
        if (expect.SelectedCredential is { } selected && !session.IsResumed)
            Same($"{selected}", $"{SelectedOf(session)}", "credential");

        if (!config.IsServer && version < 0x0304 && KeepsSessions)
            Same(!expect.NoSession && (!session.IsResumed || expect.TicketRenewal), shared.Sessions.Added > 0, "new session");
        if (config.IsServer && !isResume && (expect.SessionId || expect.NoSessionId))
            Same(expect.SessionId, shared.SessionIds.Count > 0, "session by id");
    }

    /// <summary>What can only be said at the end: on TLS 1.3 sessions come after the handshake.</summary>
    /// <exception cref="MismatchException">Something is otherwise; the message says what.</exception>
    public void CheckEnd(TlsSessionInfo session, Shared shared)
    {
        if (!config.IsServer && session.Protocol == SslProtocols.Tls13 && !config.ShimShutsDown && KeepsSessions)
            Same(!config.Expect.NoSession, shared.Sessions.Added > 0, "new session");
    }

    /// <summary>With pre-shared keys, a client of the engine keeps no sessions.</summary>
    private bool KeepsSessions => config is { PreSharedKeys: [], NoTicket: false };

    private void CheckPeer(TlsSessionInfo session)
    {
        var expect = config.Expect;
        if (expect.PeerCertificateFile is { } file)
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            if (!chain.Select(one => one.Thumbprint).SequenceEqual(session.PeerCertificates.Select(one => one.Thumbprint)))
                throw new MismatchException("The peer presented another chain than expected.");
        }

        var isRaw = config.PeerKeyHash is not null;
        if (expect.NoPeerCertificate || isRaw)
            Same(0, session.PeerCertificates.Count, "number of certificates of the peer");
        else if (session.PskIdentity.IsEmpty && (!config.IsServer || config.RequireClientCertificate))
            Same(true, session.PeerCertificates.Count > 0, "certificate of the peer");
        if (expect.PeerCertificateType is { } type)
            Same(type, session.PeerRawPublicKey.IsEmpty ? 0 : 2, "type of certificate");
        if (expect.VerifyResult && !session.IsResumed)
            Same(config.VerifyFail, notes.IsPeerBad, "verdict on the peer");
        if (expect.OcspResponse is { } response && !session.IsResumed && !response.AsSpan().SequenceEqual(notes.StapledResponse))
            throw new MismatchException("The stapled OCSP response is not the expected one.");
    }

    /// <summary>The place of what was presented, among all that was announced; -1 is the default credential, and nothing.</summary>
    private int SelectedOf(TlsSessionInfo session) =>
        !session.PskIdentity.IsEmpty ? PreSharedKeys.PlaceOf(config, session.PskIdentity)
        : session.OwnCredential is not { } own ? -1
        : PreSharedKeys.PlaceOf(config, notes.Credentials.First(one => ReferenceEquals(one.Credential, own)).Index);

    /// <summary>The number of an IANA name.</summary>
    private static int NumberOf<T>(string name) where T : struct, Enum =>
        Convert.ToInt32(Enum.Parse<T>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true));

    private static void Same(int expected, int actual, string what)
    {
        if (expected != 0 && expected != actual)
            throw new MismatchException($"The {what} is {actual:x4}, expected was {expected:x4}.");
    }

    private static void Same(string expected, string actual, string what)
    {
        if (expected != actual)
            throw new MismatchException($"The {what} is '{actual}', expected was '{expected}'.");
    }

    private static void Same(bool expected, bool actual, string what)
    {
        if (expected != actual)
            throw new MismatchException($"{what}: {actual}, expected was {expected}.");
    }
}
