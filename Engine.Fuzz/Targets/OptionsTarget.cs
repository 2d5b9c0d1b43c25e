using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Targets;

#pragma warning disable CA1416, CA5359, CA5397 // What is not there on a platform, and what nobody should set, is what is to be refused.
/// <summary>The platform's options, taken over; and our own, out of range or against each other.</summary>
internal sealed class OptionsTarget : ITarget
{
    private static readonly string?[] Hosts = [null, "", "localhost", "bad name", "127.0.0.1", "a..b", new string('x', 300)];

    public string Name => "options";

    public string Oracle =>
        "What cannot be taken over is a NotSupportedException, what makes no sense an ArgumentException, both in words; what was taken "
        + "makes a core that begins a handshake.";

    public byte[] Make(Dice dice) => dice.Bytes(12);

    public Outcome Run(ReadOnlySpan<byte> input)
    {
        var bytes = input.ToArray();
        return new Outcome(Running.Oracle.Guard(bytes.Length, (32 << 20, 1000), () =>
        {
            var reader = new InputReader(bytes);
            using var core = (reader.Byte() & 1) == 0
                ? BouncyCastleCore.CreateClient(Change(TlsClientOptions.From(Client(ref reader)), ref reader))
                : BouncyCastleCore.CreateServer(Change(TlsServerOptions.From(Server(ref reader)), ref reader));
            core.Attach(new MemoryBio(), new MemoryBio());
            core.StepHandshake();
            return "begun";
        }, static e => e is NotSupportedException or ArgumentException && e.Message.Length > 20));
    }

    private static SslClientAuthenticationOptions Client(ref InputReader reader)
    {
        var (flags, more) = (reader.Byte(), reader.Byte());
        return new SslClientAuthenticationOptions
        {
            TargetHost = Hosts[reader.Byte() % Hosts.Length],
            EnabledSslProtocols = Protocols(reader.Byte()),
            EncryptionPolicy = (flags & 0xC0) == 0xC0 ? (EncryptionPolicy)(more & 3) : EncryptionPolicy.RequireEncryption,
            AllowRenegotiation = (flags & 1) != 0,
            AllowTlsResume = (flags & 2) != 0,
            AllowRsaPssPadding = (flags & 4) == 0,
            AllowRsaPkcs1Padding = (flags & 8) == 0,
            ApplicationProtocols = Names(reader.Byte()),
            CertificateRevocationCheckMode = (X509RevocationMode)(more & 3),
            ClientCertificates = (flags & 16) != 0 ? [Identities.Client(KeyKind.Ecdsa).Credential.Certificate] : null,
            RemoteCertificateValidationCallback = (flags & 32) != 0 ? static (_, _, _, _) => true : null,
            CertificateChainPolicy = (more & 8) != 0 ? new X509ChainPolicy() : null,
            LocalCertificateSelectionCallback = (more & 16) != 0 ? static (_, _, _, _, _) => null! : null,
        };
    }

    private static SslServerAuthenticationOptions Server(ref InputReader reader)
    {
        var (flags, more) = (reader.Byte(), reader.Byte());
        return new SslServerAuthenticationOptions
        {
            ServerCertificate = (flags & 16) == 0 ? Identities.Server(KeyKind.Ecdsa).Credential.Certificate
                : (flags & 32) == 0 ? Identities.Intermediate : null,
            EnabledSslProtocols = Protocols(reader.Byte()),
            AllowRenegotiation = (flags & 1) != 0 && (more & 4) != 0,
            AllowTlsResume = (flags & 2) != 0,
            AllowRsaPssPadding = (flags & 4) == 0,
            AllowRsaPkcs1Padding = (flags & 8) == 0,
            ApplicationProtocols = Names(reader.Byte()),
            ClientCertificateRequired = (more & 1) != 0,
            RemoteCertificateValidationCallback = (more & 2) != 0 ? static (_, _, _, _) => true : null,
            ServerCertificateSelectionCallback = (more & 16) != 0 ? static (_, _) => null! : null,
        };
    }

    private static TlsClientOptions Change(TlsClientOptions options, ref InputReader reader)
    {
        var size = reader.UInt16();
        return options with
        {
            MaxFragmentLength = (size & 7) == 7 ? size : null,
            Policy = Policy(options.Policy, ref reader),
            OfferedCertificateTypes = (size & 0x30) == 0x30 ? [TlsCertificateType.RawPublicKey, TlsCertificateType.RawPublicKey] : null,
            MaxSessionAge = (size & 0x40) != 0 ? TimeSpan.FromHours(size) : TimeSpan.FromDays(1),
        };
    }

    private static TlsServerOptions Change(TlsServerOptions options, ref InputReader reader)
    {
        var size = reader.UInt16();
        return options with
        {
            TicketCount = (size & 7) == 7 ? size : 2,
            Policy = Policy(options.Policy, ref reader),
            PskHint = (size & 0x30) == 0x30 ? new byte[size] : default,
            RecordsPerKey = (size & 0x40) != 0 ? size << 8 : 1,
        };
    }

    private static TlsPolicy Policy(TlsPolicy policy, ref InputReader reader)
    {
        var choice = reader.Byte();
        return (choice & 15) switch
        {
            1 => policy with { Groups = [] },
            2 => policy with { CipherSuites = [] },
            3 => policy with { SignatureSchemes = [(TlsSignatureScheme)reader.UInt16()] },
            4 => policy with { Groups = [(TlsNamedGroup)reader.UInt16()] },
            5 => policy with { CipherSuites = [(TlsCipherSuite)reader.UInt16()] },
            6 => policy with { KeyShares = [TlsNamedGroup.Secp521r1, TlsNamedGroup.Secp521r1] },
            7 => policy with { MinRsaBits = 64 * reader.Byte() },
            8 => policy with { Groups = [TlsNamedGroup.X25519, TlsNamedGroup.X25519] },
            _ => policy,
        };
    }

    private static SslProtocols Protocols(byte choice) => (choice & 7) switch
    {
        0 or 1 or 2 => SslProtocols.None,
        3 => SslProtocols.Tls12,
        4 => SslProtocols.Tls13,
        5 => SslProtocols.Tls12 | SslProtocols.Tls13,
        _ => (SslProtocols)(choice << 6),
    };

    private static List<SslApplicationProtocol>? Names(byte choice) => (choice & 3) switch
    {
        0 => null,
        1 => [SslApplicationProtocol.Http2],
        2 => [SslApplicationProtocol.Http2, SslApplicationProtocol.Http2],
        _ => [new SslApplicationProtocol(new byte[1 + choice % 100]), default],
    };
}
