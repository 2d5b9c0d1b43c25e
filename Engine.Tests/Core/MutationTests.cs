using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>
/// Any bytes lead to progress, or to a failure that is the peer's: never to another exception, never to an error of ours.
/// </summary>
public sealed class MutationTests
{
    private static readonly TlsFault[] PeersFaults =
        [TlsFault.PeerMisbehaved, TlsFault.PeerAlert, TlsFault.Incompatible, TlsFault.CertificateRejected];

    [Test]
    public void Damaged_flights_of_a_handshake_fail_as_the_peers_fault([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 40; round++)
            Damage(random, $"seed {seed}, round {round}");
    }

    [Test]
    public void Noise_in_place_of_a_handshake_fails_as_the_peers_fault([Range(1, 4)] int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            using var pair = new CorePair();
            var noise = new byte[random.Next(1, 400)];
            random.NextBytes(noise);

            // Half of it wears a plausible header.
            if (random.Next(2) == 0 && noise.Length > 9)
                new byte[] { 22, 3, 1, 0, (byte)(noise.Length - 5), (byte)random.Next(25), 0, 0, (byte)(noise.Length - 9) }
                    .CopyTo(noise, 0);
            pair.ServerIn.Write(noise);

            var fault = Step(pair.Server);

            Assert.That(fault is null || PeersFaults.Contains(fault.Fault), Is.True, $"seed {seed}, round {round}: {fault}");
        }
    }

    private static void Damage(Random random, string which)
    {
        var version = random.Next(2) == 0 ? SslProtocols.Tls12 : SslProtocols.Tls13;
        using var pair = new CorePair(
            new TlsClientOptions { TargetHost = "localhost", EnabledProtocols = version, Verification =
                TestCertificates.Verification, Credential = TestCertificates.Client },
            new TlsServerOptions
            {
                Credential = TestCertificates.ServerWith((TestKey)random.Next(4)),
                EnabledProtocols = version,
                ClientCertificates = ClientCertificateMode.Request,
                ClientVerification = TestCertificates.Verification,
            });
        var victim = random.Next(4);
        TlsException? client = null;
        TlsException? server = null;
        for (var flight = 0; flight < 6; flight++)
        {
            client ??= Step(pair.Client);
            Mutate(pair.ClientOut, victim == 2 * flight ? random : null);
            pair.ToServer();
            server ??= Step(pair.Server);
            Mutate(pair.ServerOut, victim == 2 * flight + 1 ? random : null);
            pair.ToClient();
        }

        foreach (var fault in new[] { client, server })
            Assert.That(fault is null || PeersFaults.Contains(fault.Fault), Is.True, $"{which}, {version}, flight {victim}: {fault}");
    }

    private static TlsException? Step(BouncyCastleCore core)
    {
        try
        {
            core.StepHandshake();
            return null;
        }
        catch (TlsException e)
        {
            return e;
        }
    }

    private static void Mutate(MemoryBio bio, Random? random)
    {
        if (random is null || bio.Pending == 0)
            return;

        var bytes = bio.Segment.AsSpan();
        for (var count = random.Next(1, 4); count > 0; count--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
    }
}
