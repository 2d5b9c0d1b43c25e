using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Sodium;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>X25519 by BouncyCastle, by the system's OpenSSL and by libsodium, and what a handshake makes of it.</summary>
public sealed class X25519Tests
{
    private const int KeyShare = 51;

    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    /// <summary>None on a system that has no OpenSSL 3, as Windows and macOS.</summary>
    private static readonly ITlsX25519[] OpenSsl = OpenSslX25519.Find() is { } found ? [found] : [];

    /// <summary>Published vectors, each computed by each.</summary>
    internal static readonly ITlsX25519[] Computers = [TlsX25519.Managed, .. OpenSsl, SodiumX25519.Instance];

    // RFC 7748 section 5.2.
    [TestCase(
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")]
    [TestCase(
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d", "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957")]
    public void Each_does_what_the_RFC_shows(string scalar, string point, string product)
    {
        foreach (var x25519 in Computers)
            Assert.That(Secret(x25519, scalar, point), Is.EqualTo(product), x25519.GetType().Name);
    }

    // RFC 7748 section 6.1: Bob's.
    [Test]
    public void Each_derives_the_public_key_that_the_RFC_shows()
    {
        foreach (var x25519 in Computers)
        {
            var key = new byte[32];
            x25519.DerivePublicKey(Convert.FromHexString("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"), key);

            Assert.That(Convert.ToHexStringLower(key), Is.EqualTo("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
        }
    }

    // RFC 7748 section 5.2, the second kind of vector.
    [Test]
    public void A_thousand_in_a_row_come_out_as_the_RFC_shows()
    {
        foreach (var x25519 in Computers)
        {
            var (k, u) = (new byte[32], new byte[32]);
            k[0] = u[0] = 9;
            for (var i = 0; i < 1000; i++)
            {
                var next = new byte[32];
                x25519.DeriveSecret(k, u, next);
                (k, u) = (next, k);
            }

            Assert.That(Convert.ToHexStringLower(k), Is.EqualTo("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"));
        }
    }

    [Test]
    public void Each_does_what_vectors_at_the_edges_say()
    {
        var vectors = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Core", "Records", "Vectors", "x25519.txt"))
            .Where(line => !line.StartsWith('#')).Select(line => line.Split(' ')).ToList();

        Assert.That(vectors, Has.Count.GreaterThan(100));
        foreach (var x25519 in Computers)
        foreach (var vector in vectors)
            Assert.That(Secret(x25519, vector[0], vector[1]), Is.EqualTo(vector[2]), $"{x25519.GetType().Name}: {vector[1]}");
    }

    [Test]
    public void OpenSSL_computes_where_NET_has_it_and_managed_code_elsewhere()
    {
        Assert.That(OpenSsl, Has.Length.EqualTo(ThisSystem.HasOpenSsl3 ? 1 : 0));
        Assert.That($"{TlsX25519.Default}", Is.EqualTo(ThisSystem.HasOpenSsl3 ? "OpenSSL" : "BouncyCastle"));
        Assert.That($"{TlsX25519.Managed}", Is.EqualTo("BouncyCastle"));
    }

    [Test]
    public void Many_threads_compute_at_once_and_leave_nothing_behind()
    {
        foreach (var x25519 in Computers)
        {
            Parallel.For(0, 200, _ =>
            {
                var (ours, theirs) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
                var (ourKey, theirKey, ourSecret, theirSecret) = (new byte[32], new byte[32], new byte[32], new byte[32]);
                x25519.DerivePublicKey(ours, ourKey);
                LibraryX25519.Instance.DerivePublicKey(theirs, theirKey);

                x25519.DeriveSecret(ours, theirKey, ourSecret);
                LibraryX25519.Instance.DeriveSecret(theirs, ourKey, theirSecret);

                Assert.That(ourSecret, Is.EqualTo(theirSecret), x25519.GetType().Name);
            });
        }
    }

    [Test]
    public void What_OpenSSL_refuses_is_no_error_of_those_who_come_next()
    {
        if (!ThisSystem.HasOpenSsl3)
            Assert.Ignore(".NET has no OpenSSL 3 on this system.");

        var secret = new byte[32];
        OpenSsl.Single().DeriveSecret(RandomNumberGenerator.GetBytes(32), new byte[32], secret);

        Assert.That(secret, Is.All.Zero);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.That(key.VerifyHash(new byte[32], key.SignHash(new byte[32])));
        Assert.That((ulong)ErrorOfThisThread(), Is.Zero);
    }

    [Test]
    public void A_client_makes_one_key_for_both_of_its_shares()
    {
        var counting = new Counting();
        using var pair = new CorePair(CorePair.Options(SslProtocols.Tls13) with { X25519 = counting });
        pair.Client.StepHandshake();

        var shares = SharesIn(pair.ClientOut.Readable.ToArray());

        Assert.That(shares.Keys, Is.EquivalentTo([TlsNamedGroup.X25519MLKem768, TlsNamedGroup.X25519]));
        Assert.That(shares[TlsNamedGroup.X25519MLKem768][^32..], Is.EqualTo(shares[TlsNamedGroup.X25519]));
        Assert.That(counting.Keys, Is.EqualTo(1));
        pair.Handshake();
        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished);
        Assert.That(counting.Secrets, Is.EqualTo(1));
    }

    [Test]
    public void A_second_hello_has_a_key_of_its_own()
    {
        var counting = new Counting();
        var policy = new TlsPolicy { KeyShares = [TlsNamedGroup.X25519] };
        using var pair = new CorePair(
            CorePair.Options(SslProtocols.Tls13) with { Policy = policy, X25519 = counting },
            CorePair.ServerOptions(SslProtocols.Tls13) with { Policy = new TlsPolicy { Groups = [TlsNamedGroup.X25519MLKem768] } });
        pair.Client.StepHandshake();
        var first = SharesIn(pair.ClientOut.Readable.ToArray())[TlsNamedGroup.X25519];
        pair.Handshake();

        Assert.That(pair.Client.IsEstablished);
        Assert.That(counting.Public, Has.Count.EqualTo(2));
        Assert.That(counting.Public[0], Is.EqualTo(first));
        Assert.That(counting.Public[1], Is.Not.EqualTo(first));
    }

    [Test]
    public void A_private_key_is_wiped_when_the_secret_is_there_and_when_nothing_came_of_it()
    {
        var random = new Capturing();
        var domain = new X25519Domain(new BcTlsCrypto(), random, LibraryX25519.Instance);
        var agreement = domain.CreateECDH();
        var own = agreement.GenerateEphemeral();
        var used = random.Filled.Single();
        Assert.That(used, Is.Not.All.Zero);

        agreement.ReceivePeerValue(own);
        agreement.CalculateSecret();
        Assert.That(used, Is.All.Zero);

        domain.CreateECDH().GenerateEphemeral();
        domain.Erase();
        Assert.That(random.Filled, Has.Count.EqualTo(2));
        Assert.That(random.Filled[1], Is.All.Zero);
    }

    [Test]
    public void A_key_of_low_order_is_refused_whoever_computes()
    {
        foreach (var x25519 in Computers)
        {
            var agreement = new X25519Domain(new BcTlsCrypto(), new Capturing(), x25519).CreateECDH();
            agreement.GenerateEphemeral();
            agreement.ReceivePeerValue(new byte[32]);

            var fault = Assert.Throws<TlsException>(() => agreement.CalculateSecret())!;

            Assert.That(fault.Alert, Is.EqualTo(TlsAlert.IllegalParameter), x25519.GetType().Name);
        }
    }

    [Test]
    public void A_key_of_another_length_is_refused([Values(0, 31, 33)] int length)
    {
        var agreement = new X25519Domain(new BcTlsCrypto(), new Capturing(), LibraryX25519.Instance).CreateECDH();

        Assert.That(
            () => agreement.ReceivePeerValue(new byte[length]),
            Throws.TypeOf<TlsException>().With.Property(nameof(TlsException.Alert)).EqualTo(TlsAlert.IllegalParameter));
    }

    [Test]
    public void Ends_with_libsodium_speak_with_ends_without(
        [ValueSource(nameof(Versions))] SslProtocols version,
        [Values(TlsNamedGroup.X25519, TlsNamedGroup.X25519MLKem768)] TlsNamedGroup group)
    {
        if (version == SslProtocols.Tls12 && group != TlsNamedGroup.X25519)
            return;

        var client = CorePair.Options(version) with { Policy = new TlsPolicy { Groups = [group] } };
        foreach (var (ours, theirs) in ((TlsClientOptions, TlsServerOptions)[])
                 [
                     (client.WithSodium(), CorePair.ServerOptions(version)), (client, CorePair.ServerOptions(version).WithSodium()),
                 ])
        {
            using var pair = CorePair.Connected(ours, theirs);

            Assert.That(pair.Client.Session!.Group, Is.EqualTo(group.ToString()).IgnoreCase);
        }
    }

    [Test]
    public void Options_say_which_library_they_have_and_stay_what_they_are_without_it()
    {
        var (client, server) = (CorePair.Options(SslProtocols.Tls13), CorePair.ServerOptions(SslProtocols.Tls13));

        Assert.That(client.WithSodium(), Is.EqualTo(client with { X25519 = SodiumX25519.Instance }));
        Assert.That(server.WithSodium(), Is.EqualTo(server with { X25519 = SodiumX25519.Instance }));
        Assert.That(() => ((TlsClientOptions)null!).WithSodium(), Throws.ArgumentNullException);
        Assert.That(() => ((TlsServerOptions)null!).WithSodium(), Throws.ArgumentNullException);
    }

    [Test]
    public void A_machine_without_the_library_is_told_in_the_log()
    {
        var log = new Lines();

        var fault = SodiumX25519.FaultOf(new Missing());
        var isThere = SodiumExtensions.IsThere(new TlsClientOptions { LoggerFactory = log }, fault);

        Assert.That(isThere, Is.False);
        Assert.That(log.Texts, Is.EqualTo(["Warning TlsFsm.Sodium 1: libsodium cannot be loaded here: X25519 stays what it is without it, and costs more."]));
        Assert.That(SodiumX25519.LoadFault, Is.Null, "it is here");
    }

    [DllImport("libcrypto.so.3", EntryPoint = "ERR_peek_error")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nuint ErrorOfThisThread();

    private static string Secret(ITlsX25519 x25519, string privateKey, string peerKey)
    {
        var secret = new byte[32];
        secret.AsSpan().Fill(0xA5);
        x25519.DeriveSecret(Convert.FromHexString(privateKey), Convert.FromHexString(peerKey), secret);
        return Convert.ToHexStringLower(secret);
    }

    /// <summary>The shares of the ClientHello in one record.</summary>
    private static Dictionary<TlsNamedGroup, byte[]> SharesIn(byte[] record)
    {
        var list = new HelloEditor(record[5..]).Get(KeyShare)[2..];
        var shares = new Dictionary<TlsNamedGroup, byte[]>();
        for (var at = 0; at < list.Length;)
        {
            var size = (list[at + 2] << 8) | list[at + 3];
            shares.Add((TlsNamedGroup)((list[at] << 8) | list[at + 1]), list[(at + 4)..(at + 4 + size)]);
            at += 4 + size;
        }

        return shares;
    }

    /// <summary>Counts, and keeps what it has given.</summary>
    private sealed class Counting : ITlsX25519
    {
        public int Keys { get; private set; }

        public int Secrets { get; private set; }

        public List<byte[]> Public { get; } = [];

        public void DerivePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
        {
            Keys++;
            LibraryX25519.Instance.DerivePublicKey(privateKey, publicKey);
            Public.Add(publicKey.ToArray());
        }

        public void DeriveSecret(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerKey, Span<byte> secret)
        {
            Secrets++;
            LibraryX25519.Instance.DeriveSecret(privateKey, peerKey, secret);
        }
    }

    /// <summary>Keeps hold of what it has filled.</summary>
    private sealed class Capturing : SecureRandom
    {
        public List<byte[]> Filled { get; } = [];

        public override void NextBytes(byte[] buf)
        {
            base.NextBytes(buf);
            Filled.Add(buf);
        }
    }

    private sealed class Missing : ITlsX25519
    {
        public void DerivePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) => throw new DllNotFoundException("libsodium");

        public void DeriveSecret(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerKey, Span<byte> secret) =>
            throw new DllNotFoundException("libsodium");
    }

    private sealed class Lines : ILoggerFactory, ILogger
    {
        private string _category = "";

        public List<string> Texts { get; } = [];

        public ILogger CreateLogger(string categoryName)
        {
            _category = categoryName;
            return this;
        }

        public void AddProvider(ILoggerProvider provider) { }

        public void Dispose() { }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Texts.Add($"{logLevel} {_category} {eventId.Id}: {formatter(state, exception)}");
    }
}
