using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Tests.Core;

public sealed class TlsLimitsTests
{
    private const int Default = 32;

    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void Empty_records_are_borne_up_to_the_limit([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = RoguePair.OfClient(version);
        Repeat(Default, () => pair.Rogue.SendRecord(ContentType.application_data, []));
        pair.Rogue.WriteApplicationData("data"u8);
        Repeat(Default, () => pair.Rogue.SendRecord(ContentType.application_data, []));
        pair.ToCore();
        Assert.That(CorePair.ReadAll(pair.Core), Is.EqualTo("data"u8.ToArray()));

        pair.Rogue.SendRecord(ContentType.application_data, []);
        var fault = pair.ReadAndFail();

        Assert.That(fault.Message, Does.Contain("MaxRecordsWithoutProgress (32)"));
    }

    [Test]
    public void Warnings_are_borne_up_to_the_limit([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = RoguePair.OfClient(version);
        Repeat(Default, () => pair.Rogue.SendRecord(ContentType.alert, [1, 90]));
        pair.ToCore();
        Assert.That(CorePair.ReadAll(pair.Core), Is.Empty);

        pair.Rogue.SendRecord(ContentType.alert, [1, 90]);

        Assert.That(pair.ReadAndFail().Message, Does.Contain("MaxRecordsWithoutProgress (32)"));
    }

    [Test]
    public void Empty_records_are_counted_during_the_shutdown_too()
    {
        using var pair = RoguePair.OfClient(SslProtocols.Tls13);
        pair.Core.StepShutdown();
        Repeat(Default + 1, () => pair.Rogue.SendRecord(ContentType.application_data, []));
        pair.ToCore();

        var fault = Assert.Throws<TlsFsm.TlsException>(() => pair.Core.StepShutdown());

        Assert.That(fault!.Message, Does.Contain("MaxRecordsWithoutProgress (32)"));
    }

    [Test]
    public void Change_cipher_spec_is_borne_up_to_the_limit_during_a_handshake()
    {
        using var pair = new CorePair();
        pair.Client.StepHandshake();
        pair.ToServer();
        pair.Server.StepHandshake();
        pair.ServerOut.Clear();
        Repeat(Default, () => pair.ServerIn.Write([20, 3, 3, 0, 1, 1]));
        Assert.That(pair.Server.StepHandshake(), Is.EqualTo(CoreStatus.WantRead));
        pair.ServerIn.Write([20, 3, 3, 0, 1, 1]);

        var fault = Assert.Throws<TlsFsm.TlsException>(() => pair.Server.StepHandshake());

        Assert.That(fault!.Message, Does.Contain("MaxRecordsWithoutProgress (32)"));
        Assert.That(pair.ServerOut.Pending, Is.Positive);
    }

    [Test]
    public void Key_updates_are_borne_up_to_the_limit_and_data_begins_the_count_again()
    {
        using var pair = RoguePair.OfClient(SslProtocols.Tls13);
        Repeat(Default, () => pair.Rogue.SendKeyUpdate(isAnswerWanted: false));
        pair.Rogue.WriteApplicationData("data"u8);
        Repeat(Default, () => pair.Rogue.SendKeyUpdate(isAnswerWanted: false));
        pair.ToCore();
        Assert.That(CorePair.ReadAll(pair.Core), Is.EqualTo("data"u8.ToArray()));

        pair.Rogue.SendKeyUpdate(isAnswerWanted: false);

        Assert.That(pair.ReadAndFail().Message, Does.Contain("MaxKeyUpdatesWithoutData (32)"));
    }

    [Test]
    public void A_key_update_that_wants_an_answer_gets_one_from_the_read_that_took_it()
    {
        using var pair = RoguePair.OfClient(SslProtocols.Tls13);
        pair.Rogue.SendKeyUpdate(isAnswerWanted: true);
        pair.Rogue.WriteApplicationData("after"u8);
        pair.ToCore();

        var data = CorePair.ReadAll(pair.Core);
        var answer = pair.Out.Pending;
        pair.Core.Write("answer"u8);
        pair.ToRogue();

        Assert.That(data, Is.EqualTo("after"u8.ToArray()));
        Assert.That(answer, Is.EqualTo(27), "one KeyUpdate");
        var read = new byte[10];
        Assert.That(pair.Rogue.ReadInput(read, 0, 10), Is.EqualTo(6), "the rogue followed to the new keys");
    }

    [Test]
    public void A_key_update_after_the_own_close_notify_is_not_answered()
    {
        using var pair = RoguePair.OfClient(SslProtocols.Tls13);
        pair.Core.StepShutdown();
        pair.Out.Clear();
        pair.Rogue.SendKeyUpdate(isAnswerWanted: true);
        pair.Rogue.WriteApplicationData("discarded"u8);
        pair.Rogue.SendRecord(ContentType.alert, [1, 0]);
        pair.ToCore();

        Assert.That(pair.Core.StepShutdown(), Is.EqualTo(CoreStatus.Done));
        Assert.That(pair.Out.Pending, Is.Zero);
    }

    [Test]
    public void A_key_update_after_a_half_close_is_followed_and_not_answered()
    {
        using var pair = RoguePair.OfClient(SslProtocols.Tls13);
        pair.Core.CloseWrite();
        pair.Out.Clear();
        pair.Rogue.SendKeyUpdate(isAnswerWanted: true);
        pair.Rogue.WriteApplicationData("still read"u8);
        pair.ToCore();

        Assert.That(CorePair.ReadAll(pair.Core), Is.EqualTo("still read"u8.ToArray()));
        Assert.That(pair.Out.Pending, Is.Zero, "nothing follows our close_notify");
    }

    [Test]
    public void Tickets_are_borne_up_to_the_limit()
    {
        using var pair = RoguePair.OfServer(SslProtocols.Tls13, Keeping());
        Repeat(Default, () => pair.Rogue.SendRecord(ContentType.handshake, Ticket));
        pair.ToCore();
        Assert.That(CorePair.ReadAll(pair.Core), Is.Empty);

        pair.Rogue.SendRecord(ContentType.handshake, Ticket);

        Assert.That(pair.ReadAndFail().Message, Does.Contain("MaxSessionTickets (32)"));
    }

    [Test]
    public void Renegotiation_is_refused_and_after_the_limit_fatal()
    {
        using var pair = RoguePair.OfServer(SslProtocols.Tls12);
        pair.Rogue.SendRecord(ContentType.handshake, [0, 0, 0, 0]);
        pair.ToCore();
        Assert.That(CorePair.ReadAll(pair.Core), Is.Empty);
        Assert.That(pair.Out.Pending, Is.EqualTo(31), "one warning, no_renegotiation");
        pair.Out.Clear();

        Repeat(Default - 1, () => pair.Rogue.SendRecord(ContentType.handshake, [0, 0, 0, 0]));
        pair.ToCore();
        Assert.That(CorePair.ReadAll(pair.Core), Is.Empty, "as many as the limit");

        pair.Rogue.SendRecord(ContentType.handshake, [0, 0, 0, 0]);

        pair.ToCore();
        var fault = Assert.Throws<TlsFsm.TlsException>(() => CorePair.ReadAll(pair.Core));

        Assert.That(fault!.Message, Does.Contain("MaxRenegotiationAttempts (32)"));
    }

    [Test]
    public void Bytes_before_a_whole_hello_are_borne_up_to_the_limit([Values] bool isBeyond)
    {
        // A ClientHello that says it is 60,000 bytes long, in records that hold one byte each: six bytes a record.
        using var pair = new CorePair(
            server: new TlsServerOptions { Credential = Support.TestCertificates.Server, Limits =
                new TlsLimits { MaxBytesBeforeHello = 1024 } });
        byte[] start = [1, 0, 0xEA, 0x60];
        var count = isBeyond ? 171 : 170;
        for (var i = 0; i < count; i++)
            pair.ServerIn.Write([22, 3, 1, 0, 1, i < start.Length ? start[i] : (byte)0]);

        if (!isBeyond)
        {
            Assert.That(pair.Server.StepHandshake(), Is.EqualTo(CoreStatus.WantRead));
            return;
        }

        var fault = Assert.Throws<TlsFsm.TlsException>(() => pair.Server.StepHandshake());
        Assert.That(fault!.Message, Does.Contain("MaxBytesBeforeHello (1024)"));
        Assert.That(fault.Alert, Is.EqualTo(TlsAlert.UnexpectedMessage));
        Assert.That(pair.ServerOut.Readable.ToArray(), Is.EqualTo(new byte[] { 21, 3, 3, 0, 2, 2, 10 }));
    }

    [Test]
    public void A_handshake_message_larger_than_the_limit_is_refused_by_its_header()
    {
        using var pair = new CorePair();
        pair.ServerIn.Write([22, 3, 1, 0, 4, 1, 1, 0x86, 0xA0]);

        var fault = Assert.Throws<TlsFsm.TlsException>(() => pair.Server.StepHandshake());

        Assert.That(fault!.Message, Does.Contain("MaxHandshakeMessageSize"));
        Assert.That(fault.Alert, Is.EqualTo(TlsAlert.IllegalParameter));
        Assert.That(fault.Fault, Is.EqualTo(TlsFault.PeerMisbehaved));
        Assert.That(pair.ServerOut.Readable.ToArray(), Is.EqualTo(new byte[] { 21, 3, 3, 0, 2, 2, 47 }));
    }

    [Test]
    public void On_TLS_13_an_error_alert_is_fatal_whatever_its_level()
    {
        using var pair = RoguePair.OfClient(SslProtocols.Tls13);
        pair.Rogue.SendRecord(ContentType.alert, [1, 40]);
        pair.ToCore();

        var fault = Assert.Throws<TlsFsm.TlsException>(() => CorePair.ReadAll(pair.Core));

        Assert.That(fault!.Fault, Is.EqualTo(TlsFault.PeerAlert));
        Assert.That(fault.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
        Assert.That(pair.Out.Pending, Is.Zero);
    }

    [Test]
    public void A_message_that_follows_a_change_of_keys_in_its_record_is_refused()
    {
        // RFC 8446 section 5.1. KeyUpdate, then once more KeyUpdate, in one record: the second would be under the old keys.
        using var pair = RoguePair.OfClient(SslProtocols.Tls13);
        pair.Rogue.SendRecord(ContentType.handshake, [24, 0, 0, 1, 0, 24, 0, 0, 1, 0]);

        Assert.That(pair.ReadAndFail().Message, Does.Contain("follows a change of keys"));
    }

    [Test]
    public void Who_keeps_no_sessions_passes_tickets_over()
    {
        using var pair = RoguePair.OfServer(SslProtocols.Tls13);
        Repeat(10 * Default, () => pair.Rogue.SendRecord(ContentType.handshake, Ticket));
        pair.ToCore();

        Assert.That(CorePair.ReadAll(pair.Core), Is.Empty);
    }

    /// <summary>A day of what decent peers do now and then, on a connection on which nothing else happens.</summary>
    [Test]
    public void No_limit_is_used_up_with_age_alone()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        using var pair = RoguePair.OfServer(SslProtocols.Tls13, Keeping(time));
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            pair.Rogue.SendRecord(ContentType.application_data, []);
            pair.Rogue.SendRecord(ContentType.handshake, Ticket);
            pair.Rogue.SendKeyUpdate(isAnswerWanted: minute % 2 == 0);
            pair.ToCore();
            Assert.That(CorePair.ReadAll(pair.Core), Is.Empty);
            pair.Core.UpdateKeys(requestPeer: minute % 3 == 0);
            pair.ToRogue();
        }

        pair.Rogue.WriteApplicationData("still here"u8);
        pair.ToCore();
        Assert.That(CorePair.ReadAll(pair.Core), Is.EqualTo("still here"u8.ToArray()));
    }

    [Test]
    public void Renegotiation_now_and_then_is_refused_for_as_long_as_it_takes()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        using var pair = RoguePair.OfServer(SslProtocols.Tls12, Keeping(time, SslProtocols.Tls12));
        for (var minute = 0; minute < 10 * Default; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            pair.Rogue.SendRecord(ContentType.handshake, [0, 0, 0, 0]);
            pair.ToCore();
            Assert.That(CorePair.ReadAll(pair.Core), Is.Empty);
        }
    }

    [Test]
    public void The_largest_hello_that_a_message_may_be_is_taken_in_records_of_any_usual_size(
        [Values(1 << 14, 1400, 100)] int size, [Values] bool isChoosing, [Values] bool isBeyond)
    {
        // Header of four bytes; the type of an unknown extension and its length; what is before it in this hello.
        using var pair = new CorePair(server: Serving(isChoosing));
        pair.Client.StepHandshake();
        var hello = pair.ClientOut.Readable[5..].ToArray();
        var message = Strictness.HelloEditor.Change(hello, editor => editor.Extensions.Insert(
            0, (0xFACE, new byte[new TlsLimits().MaxHandshakeMessageSize - (hello.Length - 4) - 4 + (isBeyond ? 1 : 0)])));
        foreach (var part in message.Chunk(size))
            pair.ServerIn.Write(Strictness.Messages.Record(22, part));

        if (!isBeyond)
        {
            Assert.That(pair.Server.StepHandshake(), Is.EqualTo(CoreStatus.WantRead));
            Assert.That(pair.ServerOut.Readable[0], Is.EqualTo(22), "a ServerHello is the answer");
            return;
        }

        var fault = Assert.Throws<TlsFsm.TlsException>(() => pair.Server.StepHandshake())!;
        Assert.That(fault.Message, Does.Contain("MaxHandshakeMessageSize (65536)"));
    }

    [Test]
    public void A_hello_that_trickles_is_limited_on_every_way([Values] bool isChoosing)
    {
        using var pair = new CorePair(server: Serving(isChoosing, new TlsLimits { MaxBytesBeforeHello = 1024 }));
        byte[] start = [1, 0, 0xEA, 0x60];
        for (var i = 0; i < 171; i++)
            pair.ServerIn.Write([22, 3, 1, 0, 1, i < start.Length ? start[i] : (byte)0]);

        var fault = Assert.Throws<TlsFsm.TlsException>(() => pair.Server.StepHandshake())!;

        Assert.That(fault.Message, Does.Contain("MaxBytesBeforeHello (1024)"));
    }

    /// <summary>A handshake in records of one byte: 23 bytes on the wire for each.</summary>
    [Test, Strictness.Proves(nameof(RecordFaults.OversizedHandshake))]
    public void A_handshake_is_limited_whether_it_may_have_to_be_gone_through_again_or_not([Values] bool hasTape)
    {
        using var trial = Strictness.Trial.OfServer(SslProtocols.Tls13, ours: new TlsClientOptions
        {
            TargetHost = Support.TestCertificates.Host, Verification = Support.TestCertificates.Verification,
            Limits = new TlsLimits { MaxHandshakeMessageSize = 2048 },
            ChooseCredential = hasTape ? TlsDecisions.AtOnce<TlsCertificateDemand, TlsCredential?>(_ => null) : null,
        });
        trial.Rogue.Instead = (type, content) => type == ContentType.handshake
            ? content.Select(one => (type, (byte[])[one])) : [(type, content)];

        trial.Fails(RecordFaults.OversizedHandshake);
    }

    /// <summary>NewSessionTicket: lifetime, age_add, nonce of 0 bytes, ticket of 1 byte, no extensions.</summary>
    private static readonly byte[] Ticket = [4, 0, 0, 14, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0];

    private static TlsServerOptions Serving(bool isChoosing, TlsLimits? limits = null) => new()
    {
        Credential = Support.TestCertificates.Server, Limits = limits ?? TlsLimits.Default,
        Choose = isChoosing ? TlsDecisions.AtOnce<TlsClientHello, TlsServerChoice>(_ => TlsServerChoice.Default) : null,
    };

    private static TlsClientOptions Keeping(TimeProvider? time = null, SslProtocols version = SslProtocols.Tls13) => new()
    {
        TargetHost = Support.TestCertificates.Host, Verification = Support.TestCertificates.Verification, EnabledProtocols = version,
        SessionCache = new MemorySessionCache(), TimeProvider = time ?? TimeProvider.System,
    };

    private static void Repeat(int count, Action action)
    {
        for (var i = 0; i < count; i++)
            action();
    }
}
