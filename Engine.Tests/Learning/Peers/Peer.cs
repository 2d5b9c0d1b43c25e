using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc7748;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Learning.Peers;

/// <summary>
/// The other end of a connection, which says what it is told to say, whether it is its turn or not: each message as right as it can be
/// after what was said before, so that it is refused for its place alone. It leaves messages out without giving itself away, because its
/// Finished is about those that were really sent.
/// </summary>
/// <remarks>One suite, one group, fixed ephemeral keys and randoms: nothing is secret, and a word takes the same way each time.</remarks>
internal abstract class Peer
{
    protected const int RandomSize = 32;
    protected const byte Alert = 21;
    protected const byte HandshakeRecord = 22;

    /// <summary>TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256.</summary>
    protected static readonly byte[] Suite12 = [0xC0, 0x2B], Suite13 = [0x13, 0x01];

    protected static readonly byte[] X25519Group = [0, 29], EcdsaP256Scheme = [4, 3];

    private const byte ChangeCipherSpecRecord = 20;
    private const byte Data = 23;

    private static readonly byte[] PrivateKey = [.. Enumerable.Range(1, X25519.PointSize).Select(i => (byte)i)];
    private static readonly byte[] FixedPublicKey = PublicOf(PrivateKey);

    private readonly List<byte> _transcript = [];
    private readonly List<byte> _received = [];

    protected RecordKeys? Writes { get; set; }

    protected RecordKeys? Reads { get; set; }

    protected static byte[] PublicKey => FixedPublicKey;

    /// <summary>This end's random bytes.</summary>
    protected static byte[] Random { get; } = [.. Enumerable.Repeat((byte)0x7A, RandomSize)];

    /// <summary>All handshake messages so far.</summary>
    protected byte[] Transcript => [.. _transcript];

    protected byte[] TranscriptHash => SHA256.HashData(Transcript);

    protected abstract TlsCredential Credential { get; }

    /// <summary>A record with a handshake message.</summary>
    public byte[] Handshake(byte type) => Handshake(type, Body(type));

    /// <summary>A client's Certificate without one.</summary>
    public byte[] NoCertificate() => Handshake(Messages.Certificate, CertificateBody([]));

    public byte[] ApplicationData() => Seal(Data, [(byte)'x']);

    public byte[] CloseNotify() => Seal(Alert, [1, 0]);

    /// <summary>handshake_failure.</summary>
    public byte[] FatalAlert() => Seal(Alert, [2, 40]);

    /// <summary>A record that nobody has the keys for.</summary>
    public static byte[] Garbage() => Messages.Record(Data, [.. Enumerable.Repeat((byte)0x5A, 40)]);

    public virtual byte[] ChangeCipherSpec() => Messages.Record(ChangeCipherSpecRecord, 1);

    /// <summary>Takes what the engine has sent, in pieces of any size.</summary>
    /// <returns>What it was, in words.</returns>
    public IReadOnlyList<string> Take(ReadOnlySpan<byte> bytes)
    {
        var words = new List<string>();
        _received.AddRange(bytes);
        while (_received.Count >= 5 && _received.Count >= 5 + SizeOfNext)
        {
            var record = _received[..(5 + SizeOfNext)].ToArray();
            _received.RemoveRange(0, record.Length);
            words.AddRange(TakeRecord(record[0], record[5..]));
        }

        return words;
    }

    protected abstract bool IsProtected(byte recordType);

    /// <summary>What a message of this kind would say now.</summary>
    protected abstract byte[] Body(byte type);

    protected abstract byte[] CertificateBody(IReadOnlyList<X509Certificate2> chain);

    /// <summary>A handshake message has left.</summary>
    protected virtual void Said(byte type)
    {
    }

    /// <summary>A handshake message has come.</summary>
    protected virtual void Heard(byte type, byte[] message)
    {
    }

    protected virtual void HeardChangeCipherSpec()
    {
    }

    protected byte[] OwnCertificate() => CertificateBody([Credential.Certificate, .. Credential.Intermediates]);

    protected byte[] Sign(byte[] content)
    {
        using var key = Credential.Certificate.GetECDsaPrivateKey()!;
        var signature = key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return [.. EcdsaP256Scheme, .. Messages.Vector16(signature)];
    }

    /// <summary>The shared secret with somebody's public key.</summary>
    protected static byte[] Agree(byte[] publicKey)
    {
        var shared = new byte[X25519.PointSize];
        X25519.CalculateAgreement(PrivateKey, 0, publicKey, 0, shared, 0);
        return shared;
    }

    protected static byte[] Vector24(byte[] content) =>
        [(byte)(content.Length >> 16), (byte)(content.Length >> 8), (byte)content.Length, .. content];

    protected static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    private int SizeOfNext => (_received[3] << 8) | _received[4];

    private byte[] Handshake(byte type, byte[] body)
    {
        var message = Messages.Make(type, body);
        if (IsInTranscript(type))
            _transcript.AddRange(message);
        var record = Seal(HandshakeRecord, message);
        Said(type);
        return record;
    }

    private byte[] Seal(byte type, byte[] content) => Writes?.Seal(type, content) ?? Messages.Record(type, content);

    private List<string> TakeRecord(byte type, byte[] body)
    {
        if (Reads is not null && IsProtected(type))
        {
            if (Reads.Open(type, body) is not { } opened)
                return ["something unreadable"];

            (type, body) = opened;
        }

        switch (type)
        {
            case ChangeCipherSpecRecord:
                HeardChangeCipherSpec();
                return ["ChangeCipherSpec"];
            case Alert:
                return [body[1] == 0 ? "close_notify" : $"alert {(TlsAlert)body[1]}"];
            case Data:
                return ["Data"];
            default:
                return TakeMessages(body);
        }
    }

    private List<string> TakeMessages(byte[] content)
    {
        var words = new List<string>();
        for (var at = 0; at < content.Length;)
        {
            var size = 4 + (content[at + 1] << 16 | content[at + 2] << 8 | content[at + 3]);
            var message = content[at..(at + size)];
            at += size;
            if (IsInTranscript(message[0]))
                _transcript.AddRange(message);
            Heard(message[0], message);
            words.Add(NameOf(message[0]));
        }

        return words;
    }

    // RFC 5246 section 7.4.1.1, RFC 8446 section 4.4.1.
    private static bool IsInTranscript(byte type) => type is not (Messages.HelloRequest or Messages.KeyUpdate);

    private static string NameOf(byte type) => type switch
    {
        Messages.HelloRequest => nameof(Messages.HelloRequest),
        Messages.ClientHello => nameof(Messages.ClientHello),
        Messages.ServerHello => nameof(Messages.ServerHello),
        Messages.NewSessionTicket => nameof(Messages.NewSessionTicket),
        Messages.EncryptedExtensions => nameof(Messages.EncryptedExtensions),
        Messages.Certificate => nameof(Messages.Certificate),
        Messages.ServerKeyExchange => nameof(Messages.ServerKeyExchange),
        Messages.CertificateRequest => nameof(Messages.CertificateRequest),
        Messages.ServerHelloDone => nameof(Messages.ServerHelloDone),
        Messages.CertificateVerify => nameof(Messages.CertificateVerify),
        Messages.ClientKeyExchange => nameof(Messages.ClientKeyExchange),
        Messages.Finished => nameof(Messages.Finished),
        Messages.KeyUpdate => nameof(Messages.KeyUpdate),
        _ => $"message {type}",
    };

    private static byte[] PublicOf(byte[] privateKey)
    {
        var publicKey = new byte[X25519.PointSize];
        X25519.GeneratePublicKey(privateKey, 0, publicKey, 0);
        return publicKey;
    }
}
