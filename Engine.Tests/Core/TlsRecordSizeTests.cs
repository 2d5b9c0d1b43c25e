using System.Buffers.Binary;
using System.Security.Authentication;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>How large records are: by policy, by agreement, by padding.</summary>
public sealed class TlsRecordSizeTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [TestCase(1)]
    [TestCase(1000)]
    [TestCase(16_384)]
    public void Fixed_records_hold_what_the_policy_says(int size)
    {
        using var pair = Connected(new TlsClientOptions { RecordSize = TlsRecordSize.Fixed(size) });

        pair.Client.Write(new byte[(3 * size) + 1]);

        Assert.That(Contents(pair.ClientOut), Is.EqualTo(new[] { size, size, size, 1 }));
        Delivers(pair, (3 * size) + 1);
    }

    [Test]
    public void Dynamic_records_are_small_first_large_when_streaming_and_small_again_after_silence()
    {
        using var pair = Connected(
            new TlsClientOptions { RecordSize = TlsRecordSize.Dynamic(1000, streamsAfter: 3000, TimeSpan.FromSeconds(1)) });

        pair.Client.Write(new byte[3000 + 20_000]);
        Assert.That(Contents(pair.ClientOut), Is.EqualTo(new[] { 1000, 1000, 1000, 16_384, 3616 }));
        Delivers(pair, 23_000);

        _time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        pair.Client.Write(new byte[2000]);
        Assert.That(Contents(pair.ClientOut), Is.EqualTo(new[] { 2000 }), "not silent long enough");
        Delivers(pair, 2000);

        _time.Advance(TimeSpan.FromSeconds(1));
        pair.Client.Write(new byte[2000]);
        Assert.That(Contents(pair.ClientOut), Is.EqualTo(new[] { 1000, 1000 }));
        Delivers(pair, 2000);
    }

    [Test]
    public void An_agreed_fragment_length_binds_both_sides(
        [Values(512, 1024, 2048, 4096)] int size, [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        using var pair = Connected(new TlsClientOptions { MaxFragmentLength = size }, version);

        pair.Client.Write(new byte[(2 * size) + 1]);
        pair.Server.Write(new byte[(2 * size) + 1]);

        Assert.That(Contents(pair.ClientOut, version), Is.EqualTo(new[] { size, size, 1 }));
        Assert.That(Contents(pair.ServerOut, version), Is.EqualTo(new[] { size, size, 1 }));
        Delivers(pair, (2 * size) + 1);
    }

    [Test]
    public void With_an_agreed_fragment_length_TLS_13_resumes_and_12_does_not(
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        var cache = new MemorySessionCache();
        var server =
            new TlsServerOptions { Credential = TestCertificates.Server, EnabledProtocols = version, SessionIds = new MemorySessionIds() };
        for (var round = 0; round < 2; round++)
        {
            using var pair = CorePair.Connected(
                new TlsClientOptions
                {
                    TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
                    MaxFragmentLength = 512, SessionCache = cache,
                },
                server);
            pair.ToClient();
            Assert.That(CorePair.ReadAll(pair.Client), Is.Empty);
            Assert.That(pair.Client.Session!.IsResumed, Is.EqualTo(round == 1 && version == SslProtocols.Tls13));
        }
    }

    [TestCase(1)]
    [TestCase(511)]
    [TestCase(512)]
    [TestCase(8192)]
    public void Another_fragment_length_is_refused_unless_it_exists(int size)
    {
        if (size == 512)
            Assert.That(() => new TlsClientOptions { MaxFragmentLength = size }, Throws.Nothing);
        else
            Assert.That(() => new TlsClientOptions { MaxFragmentLength = size }, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(1, 511)]
    [TestCase(511, 511)]
    [TestCase(512, 1023)]
    [TestCase(16_384, 16_384)]
    public void Padding_fills_to_a_multiple_and_never_beyond_a_record(int written, int seen)
    {
        using var pair = Connected(new TlsClientOptions { RecordPadding = TlsRecordPadding.ToMultipleOf(512) });

        pair.Client.Write(new byte[written]);

        Assert.That(Contents(pair.ClientOut), Is.EqualTo(new[] { seen }));
        Delivers(pair, written);
    }

    [Test]
    public void Padding_to_the_largest_makes_all_records_alike_the_closing_one_too()
    {
        using var pair = Connected(
            new TlsClientOptions { RecordPadding = TlsRecordPadding.ToLargest, RecordSize = TlsRecordSize.Fixed(5000) });

        pair.Client.Write(new byte[5001]);
        pair.Client.StepShutdown();

        Assert.That(Contents(pair.ClientOut), Is.EqualTo(new[] { 16_384, 16_384, 16_384 }));
        Delivers(pair, 5001);
        Assert.That(pair.Server.IsCloseNotifyReceived, Is.True);
    }

    [Test]
    public void Padding_keeps_to_an_agreed_fragment_length()
    {
        using var pair = Connected(new TlsClientOptions { RecordPadding = TlsRecordPadding.ToLargest, MaxFragmentLength = 512 });

        pair.Client.Write(new byte[1]);

        Assert.That(Contents(pair.ClientOut), Is.EqualTo(new[] { 512 }));
        Delivers(pair, 1);
    }

    [Test]
    public void TLS_12_is_not_padded()
    {
        using var pair = Connected(new TlsClientOptions { RecordPadding = TlsRecordPadding.ToLargest }, SslProtocols.Tls12);

        pair.Client.Write(new byte[10]);

        Assert.That(Contents(pair.ClientOut, SslProtocols.Tls12), Is.EqualTo(new[] { 10 }));
    }

    [Test]
    public void Sizes_out_of_range_are_refused()
    {
        Assert.That(() => TlsRecordSize.Fixed(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => TlsRecordSize.Fixed(16_385), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => TlsRecordSize.Dynamic(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => TlsRecordSize.Dynamic(streamsAfter: -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => TlsRecordSize.Dynamic(idle: TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => TlsRecordPadding.ToMultipleOf(1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => TlsRecordPadding.ToMultipleOf(16_385), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_missing_policy_is_an_argument_error()
    {
        Assert.That(
            () => new CorePair(new TlsClientOptions { TargetHost = "localhost", RecordSize = null! }),
            Throws.ArgumentException.With.Message.Contains("RecordSize"));
        Assert.That(
            () => new CorePair(new TlsClientOptions { TargetHost = "localhost", RecordPadding = null! }),
            Throws.ArgumentException.With.Message.Contains("RecordPadding"));
        Assert.That(
            () => new CorePair(new TlsClientOptions { TargetHost = "localhost", TimeProvider = null! }),
            Throws.ArgumentException.With.Message.Contains("TimeProvider"));
    }

    private CorePair Connected(TlsClientOptions options, SslProtocols version = SslProtocols.Tls13) => CorePair.Connected(
        new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            TimeProvider = _time,
            RecordSize = options.RecordSize, RecordPadding = options.RecordPadding, MaxFragmentLength = options.MaxFragmentLength,
        },
        CorePair.ServerOptions(version));

    /// <summary>What each record holds, as an onlooker sees it: content and padding, without type, tag and nonce.</summary>
    private static List<int> Contents(MemoryBio bio, SslProtocols version = SslProtocols.Tls13)
    {
        var overhead = version == SslProtocols.Tls13 ? 1 + 16 : 8 + 16;
        var sizes = new List<int>();
        for (var rest = bio.Readable; !rest.IsEmpty; rest = rest[(5 + BinaryPrimitives.ReadUInt16BigEndian(rest[3..]))..])
            sizes.Add(BinaryPrimitives.ReadUInt16BigEndian(rest[3..]) - overhead);

        return sizes;
    }

    private static void Delivers(CorePair pair, int size)
    {
        pair.ToServer();
        Assert.That(CorePair.ReadAll(pair.Server), Has.Length.EqualTo(size));
    }
}
