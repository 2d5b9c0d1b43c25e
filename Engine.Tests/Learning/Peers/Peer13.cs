using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Learning.Peers;

/// <summary>TLS 1.3: what both ends share (RFC 8446 section 7).</summary>
internal abstract class Peer13 : Peer
{
    private static readonly byte[] Zeros = new byte[32];
    private static readonly byte[] EmptyHash = SHA256.HashData([]);

    private byte[]? _handshakeSecret;

    /// <summary>Of the handshake, then of the application; null before.</summary>
    protected RecordKeys13? Client { get; private set; }

    protected RecordKeys13? Server { get; private set; }

    /// <summary>Whether both ends go on under the keys of the application.</summary>
    protected bool IsOver { get; set; }

    protected override bool IsProtected(byte recordType) => recordType == 23;

    /// <summary>Behind ServerHello.</summary>
    protected void AgreeOnHandshakeKeys(byte[] publicKey)
    {
        _handshakeSecret = Hkdf.Extract(Derive(Hkdf.Extract(Zeros, Zeros), "derived", EmptyHash), Agree(publicKey));
        Client = new RecordKeys13(Derive(_handshakeSecret, "c hs traffic", TranscriptHash));
        Server = new RecordKeys13(Derive(_handshakeSecret, "s hs traffic", TranscriptHash));
    }

    /// <summary>Behind the server's Finished; those of the handshake go on to be used until the client's.</summary>
    protected (RecordKeys13 Client, RecordKeys13 Server) ApplicationKeys()
    {
        var master = Hkdf.Extract(Derive(_handshakeSecret!, "derived", EmptyHash), Zeros);
        var hash = TranscriptHash;
        return (new RecordKeys13(Derive(master, "c ap traffic", hash)), new RecordKeys13(Derive(master, "s ap traffic", hash)));
    }

    protected static byte[] FinishedBody(RecordKeys13? keys, byte[] hash) => keys?.Finished(hash) ?? Zeros;

    /// <summary>RFC 8446 section 4.4.3.</summary>
    protected byte[] VerifyBody(string whose) =>
        Sign([.. Enumerable.Repeat((byte)' ', 64), .. Ascii($"TLS 1.3, {whose} CertificateVerify"), 0, .. TranscriptHash]);

    protected override byte[] CertificateBody(IReadOnlyList<X509Certificate2> chain) =>
        [0, .. Vector24([.. chain.SelectMany(one => (byte[])[.. Vector24(one.RawData), 0, 0])])];

    /// <summary>The one key of the key_share of a hello (RFC 8446 section 4.2.8).</summary>
    protected static byte[] KeyShareOf(byte[] hello)
    {
        // Behind version, random and session ID: a list of suites and one of compression methods, or one of each.
        var at = 4 + 2 + RandomSize;
        at += 1 + hello[at];
        at += hello[0] == Messages.ServerHello ? 3 : 2 + Size(at) + 2;
        for (at += 2; at < hello.Length; at += 4 + Size(at + 2))
        {
            if (Size(at) == 51)
                return hello[(at + 4 + Size(at + 2) - PublicKey.Length)..][..PublicKey.Length];
        }

        throw new AssertionException("There is no key_share in this hello.");

        int Size(int offset) => (hello[offset] << 8) | hello[offset + 1];
    }

    protected override void Said(byte type)
    {
        if (type == Messages.KeyUpdate && IsOver)
            Writes = ((RecordKeys13)Writes!).Next();
    }

    protected override void Heard(byte type, byte[] message)
    {
        if (type == Messages.KeyUpdate && IsOver)
            Reads = ((RecordKeys13)Reads!).Next();
    }

    private static byte[] Derive(byte[] secret, string label, byte[] hash) => Hkdf.Expand(secret, label, hash, 32);
}

/// <summary>A client of TLS 1.3.</summary>
internal sealed class ClientPeer13 : Peer13
{
    private RecordKeys13? _application;

    protected override TlsCredential Credential => TestCertificates.Client;

    protected override byte[] Body(byte type) => type switch
    {
        Messages.ClientHello => Hello(),
        Messages.Certificate => OwnCertificate(),
        Messages.CertificateVerify => VerifyBody("client"),
        Messages.Finished => FinishedBody(Client, TranscriptHash),
        Messages.KeyUpdate => [1],
        _ => [],
    };

    protected override void Said(byte type)
    {
        base.Said(type);
        if (type != Messages.Finished || _application is null || IsOver)
            return;

        IsOver = true;
        Writes = _application;
    }

    protected override void Heard(byte type, byte[] message)
    {
        base.Heard(type, message);
        if (type == Messages.ServerHello)
        {
            AgreeOnHandshakeKeys(KeyShareOf(message));
            (Writes, Reads) = (Client, Server);
        }
        else if (type == Messages.Finished)
        {
            (_application, Reads) = ApplicationKeys();
        }
    }

    private static byte[] Hello() =>
    [
        3, 3, .. Random, RandomSize, .. Random, 0, 2, .. Suite13, 1, 0,
        .. Messages.Vector16(
        [
            .. Messages.Extension(43, 2, 3, 4),
            .. Messages.Extension(10, Messages.Vector16(X25519Group)),
            .. Messages.Extension(13, Messages.Vector16(EcdsaP256Scheme)),
            .. Messages.Extension(51, Messages.Vector16([.. X25519Group, .. Messages.Vector16(PublicKey)])),
        ]),
    ];
}

/// <summary>A server of TLS 1.3.</summary>
internal sealed class ServerPeer13 : Peer13
{
    private byte[] _sessionId = [];
    private byte[]? _clientKey;
    private RecordKeys13? _application;

    protected override TlsCredential Credential => TestCertificates.Server;

    protected override byte[] Body(byte type) => type switch
    {
        Messages.ServerHello => Hello(),
        Messages.EncryptedExtensions => [0, 0],
        Messages.CertificateRequest => [0, .. Messages.Vector16(Messages.Extension(13, Messages.Vector16(EcdsaP256Scheme)))],
        Messages.Certificate => OwnCertificate(),
        Messages.CertificateVerify => VerifyBody("server"),
        Messages.Finished => FinishedBody(Server, TranscriptHash),
        Messages.KeyUpdate => [1],
        _ => [],
    };

    protected override void Said(byte type)
    {
        base.Said(type);
        if (type == Messages.ServerHello && Writes is null && _clientKey is not null)
        {
            AgreeOnHandshakeKeys(_clientKey);
            (Writes, Reads) = (Server, Client);
        }
        else if (type == Messages.Finished && Server is not null && _application is null)
        {
            (_application, Writes) = ApplicationKeys();
        }
    }

    protected override void Heard(byte type, byte[] message)
    {
        base.Heard(type, message);
        if (type == Messages.ClientHello)
        {
            _sessionId = message[39..(39 + message[38])];
            _clientKey = KeyShareOf(message);
        }
        else if (type == Messages.Finished)
        {
            Reads = _application;
            IsOver = true;
        }
    }

    private byte[] Hello() =>
    [
        3, 3, .. Random, (byte)_sessionId.Length, .. _sessionId, .. Suite13, 0,
        .. Messages.Vector16(
        [
            .. Messages.Extension(43, 3, 4),
            .. Messages.Extension(51, [.. X25519Group, .. Messages.Vector16(PublicKey)]),
        ]),
    ];
}
