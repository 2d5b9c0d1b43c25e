using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Learning.Peers;

/// <summary>TLS 1.2 with ECDHE and extended master secret: what both ends share (RFC 5246, RFC 7627).</summary>
internal abstract class Peer12 : Peer
{
    private const int VerifyDataSize = 12;
    private const int KeySize = 16;
    private const int SaltSize = 4;

    /// <summary>extended_master_secret, and renegotiation_info that is empty.</summary>
    protected static readonly byte[] SafeExtensions = [.. Messages.Extension(23), .. Messages.Extension(0xFF01, 0)];

    private byte[]? _master;
    private RecordKeys12? _client;
    private RecordKeys12? _server;

    protected abstract bool IsServer { get; }

    /// <summary>The other end's random bytes.</summary>
    protected byte[] TheirRandom { get; set; } = new byte[RandomSize];

    protected override bool IsProtected(byte recordType) => true;

    public override byte[] ChangeCipherSpec()
    {
        // Under the keys before it, whatever they are.
        var record = Writes?.Seal(20, [1]) ?? base.ChangeCipherSpec();
        Writes ??= IsServer ? _server : _client;
        return record;
    }

    protected override void HeardChangeCipherSpec() => Reads ??= IsServer ? _client : _server;

    /// <summary>Behind ClientKeyExchange.</summary>
    protected void AgreeOnKeys(byte[] publicKey)
    {
        if (_master is not null)
            return;

        var (client, server) = IsServer ? (TheirRandom, Random) : (Random, TheirRandom);
        _master = Hkdf.Prf(Agree(publicKey), "extended master secret", TranscriptHash, 48);
        var block = Hkdf.Prf(_master, "key expansion", [.. server, .. client], 2 * (KeySize + SaltSize));
        _client = new RecordKeys12(block[..KeySize], block[(2 * KeySize)..][..SaltSize]);
        _server = new RecordKeys12(block[KeySize..][..KeySize], block[((2 * KeySize) + SaltSize)..]);
    }

    protected byte[] FinishedBody() =>
        _master is null
            ? new byte[VerifyDataSize]
            : Hkdf.Prf(_master, IsServer ? "server finished" : "client finished", TranscriptHash, VerifyDataSize);

    protected override byte[] CertificateBody(IReadOnlyList<X509Certificate2> chain) =>
        Vector24([.. chain.SelectMany(one => Vector24(one.RawData))]);

    protected static byte[] RandomOf(byte[] hello) => hello[6..(6 + RandomSize)];
}

/// <summary>A client of TLS 1.2.</summary>
internal sealed class ClientPeer12 : Peer12
{
    // RFC 8422 section 5.1: the list is about certificates too. The engine agrees on no key there.
    private static readonly byte[] CertificateCurve = [0, 23];

    private byte[]? _serverKey;

    protected override bool IsServer => false;

    protected override TlsCredential Credential => TestCertificates.Client;

    protected override byte[] Body(byte type) => type switch
    {
        Messages.ClientHello => Hello(),
        Messages.Certificate => OwnCertificate(),
        Messages.ClientKeyExchange => [(byte)PublicKey.Length, .. PublicKey],
        Messages.CertificateVerify => Sign(Transcript),
        Messages.Finished => FinishedBody(),
        _ => [],
    };

    protected override void Said(byte type)
    {
        if (type == Messages.ClientKeyExchange && _serverKey is not null)
            AgreeOnKeys(_serverKey);
    }

    protected override void Heard(byte type, byte[] message)
    {
        if (type == Messages.ServerHello)
            TheirRandom = RandomOf(message);
        else if (type == Messages.ServerKeyExchange)
            _serverKey = message[8..(8 + message[7])];
    }

    private static byte[] Hello() =>
    [
        3, 3, .. Random, 0, 0, 2, .. Suite12, 1, 0,
        .. Messages.Vector16(
        [
            .. SafeExtensions,
            .. Messages.Extension(10, Messages.Vector16([.. X25519Group, .. CertificateCurve])),
            .. Messages.Extension(11, 1, 0),
            .. Messages.Extension(13, Messages.Vector16(EcdsaP256Scheme)),
        ]),
    ];
}

/// <summary>A server of TLS 1.2.</summary>
internal sealed class ServerPeer12 : Peer12
{
    private const byte EcdsaSign = 64;

    protected override bool IsServer => true;

    protected override TlsCredential Credential => TestCertificates.Server;

    protected override byte[] Body(byte type) => type switch
    {
        Messages.ServerHello => Hello(),
        Messages.Certificate => OwnCertificate(),
        Messages.ServerKeyExchange => KeyExchange(),
        Messages.CertificateRequest => [1, EcdsaSign, .. Messages.Vector16(EcdsaP256Scheme), 0, 0],
        Messages.Finished => FinishedBody(),
        _ => [],
    };

    protected override void Heard(byte type, byte[] message)
    {
        if (type == Messages.ClientHello)
            TheirRandom = RandomOf(message);
        else if (type == Messages.ClientKeyExchange)
            AgreeOnKeys(message[5..]);
    }

    private static byte[] Hello() =>
        [3, 3, .. Random, 0, .. Suite12, 0, .. Messages.Vector16([.. SafeExtensions, .. Messages.Extension(11, 1, 0)])];

    private byte[] KeyExchange()
    {
        byte[] parameters = [3, .. X25519Group, (byte)PublicKey.Length, .. PublicKey];
        return [.. parameters, .. Sign([.. TheirRandom, .. Random, .. parameters])];
    }
}
