using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Strictness;

/// <summary>Where messages begin and end: in records, between others, at changes of keys. And change_cipher_spec.</summary>
[TestFixtureSource(typeof(Detour), nameof(Detour.Lasting))]
internal sealed class BoundaryFaultTests(Detour detour) : OnEveryWay(detour)
{
    private const int Many = 33;

    private static readonly FaultSource[] Sides = [FaultSource.Client, FaultSource.Server];
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    /// <summary>The messages that a full handshake with certificates on both sides has: by whom, on which version.</summary>
    private static IEnumerable<object[]> All() =>
    [
        [FaultSource.Client, SslProtocols.Tls12, Messages.ClientHello], [FaultSource.Client, SslProtocols.Tls12, Messages.Certificate],
        [FaultSource.Client, SslProtocols.Tls12, Messages.ClientKeyExchange],
        [FaultSource.Client, SslProtocols.Tls12, Messages.CertificateVerify],
        [FaultSource.Client, SslProtocols.Tls12, Messages.Finished],
        [FaultSource.Server, SslProtocols.Tls12, Messages.ServerHello], [FaultSource.Server, SslProtocols.Tls12, Messages.Certificate],
        [FaultSource.Server, SslProtocols.Tls12, Messages.ServerKeyExchange],
        [FaultSource.Server, SslProtocols.Tls12, Messages.CertificateRequest],
        [FaultSource.Server, SslProtocols.Tls12, Messages.ServerHelloDone], [FaultSource.Server, SslProtocols.Tls12, Messages.Finished],
        [FaultSource.Client, SslProtocols.Tls13, Messages.ClientHello], [FaultSource.Client, SslProtocols.Tls13, Messages.Certificate],
        [FaultSource.Client, SslProtocols.Tls13, Messages.CertificateVerify], [FaultSource.Client, SslProtocols.Tls13, Messages.Finished],
        [FaultSource.Server, SslProtocols.Tls13, Messages.ServerHello],
        [FaultSource.Server, SslProtocols.Tls13, Messages.EncryptedExtensions],
        [FaultSource.Server, SslProtocols.Tls13, Messages.CertificateRequest],
        [FaultSource.Server, SslProtocols.Tls13, Messages.Certificate],
        [FaultSource.Server, SslProtocols.Tls13, Messages.CertificateVerify], [FaultSource.Server, SslProtocols.Tls13, Messages.Finished],
    ];

    private static IEnumerable<object[]> AllWithBody() => All().Where(one => one[2] is not Messages.ServerHelloDone);

    [TestCaseSource(nameof(All)), Proves(nameof(RecordFaults.TrailingBytes))]
    public void A_message_with_a_byte_behind_its_end_cannot_be_decoded(FaultSource from, SslProtocols version, byte type)
    {
        using var trial = Mutual.Trial(from, version).Changing(type, message => Messages.Longer(message, 0));
        trial.Fails(RecordFaults.TrailingBytes);
    }

    [TestCaseSource(nameof(AllWithBody)), Proves(nameof(RecordFaults.Truncated))]
    public void A_message_without_its_last_byte_cannot_be_decoded(FaultSource from, SslProtocols version, byte type)
    {
        using var trial = Mutual.Trial(from, version).Changing(type, Messages.Shorter);
        trial.Fails(RecordFaults.Truncated);
    }

    [TestCaseSource(nameof(All)), Proves(nameof(RecordFaults.Interleaved))]
    public void No_alert_stands_in_the_middle_of_a_message(FaultSource from, SslProtocols version, byte type)
    {
        using var trial = Mutual.Trial(from, version);
        trial.Rogue.Instead = (recordType, content) => recordType == ContentType.handshake && content[0] == type
            ? [(recordType, content[..3]), (ContentType.alert, [1, 90]), (recordType, content[3..])]
            : [(recordType, content)];
        trial.Fails(RecordFaults.Interleaved);
    }

    [Test, Proves(nameof(RecordFaults.Interleaved))]
    public void No_application_data_stands_in_the_middle_of_a_message(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Trial.Of(from, version).Connected();
        trial.Rogue.Send(ContentType.handshake, version == SslProtocols.Tls13 ? [Messages.KeyUpdate, 0] : [Messages.HelloRequest, 0]);
        trial.Rogue.Send(ContentType.application_data, [1, 2, 3]);
        trial.Fails(RecordFaults.Interleaved);
    }

    [Test]
    public void A_fatal_alert_in_the_middle_of_a_message_is_heard(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Trial.Of(from, version).Connected();
        trial.Rogue.Send(ContentType.handshake, version == SslProtocols.Tls13 ? [Messages.KeyUpdate, 0] : [Messages.HelloRequest, 0]);
        trial.Rogue.Send(ContentType.alert, [2, 80]);

        trial.FailsSilently(TlsAlert.InternalError);
    }

    [TestCase(FaultSource.Client, Messages.ClientHello)]
    [TestCase(FaultSource.Client, Messages.Finished)]
    [TestCase(FaultSource.Server, Messages.ServerHello)]
    [TestCase(FaultSource.Server, Messages.Finished)]
    [Proves(nameof(RecordFaults.AcrossKeyChange))]
    public void Nothing_follows_a_change_of_keys_in_its_record(FaultSource from, byte type)
    {
        // One byte of a message that would be under the new keys.
        using var trial = Trial.Of(from, SslProtocols.Tls13).Changing(type, message => [.. message, Messages.Finished]);
        trial.Fails(RecordFaults.AcrossKeyChange);
    }

    [Test, Proves(nameof(RecordFaults.AcrossKeyChange))]
    public void Nothing_follows_a_HelloRetryRequest_in_its_record_and_nothing_is_answered_but_the_alert()
    {
        using var trial = Trial.OfServer(SslProtocols.Tls13, new TlsServerOptions
        {
            Credential = TestCertificates.Server, Policy = TlsPolicy.Modern with { Groups = [TlsNamedGroup.Secp384r1] },
        });
        trial.Changing(Messages.ServerHello, message => [.. message, Messages.ServerHello]);
        trial.Fails(RecordFaults.AcrossKeyChange);
        Assert.That(trial.Hellos, Is.EqualTo(1), "no second ClientHello");
    }

    [Test, Proves(nameof(RecordFaults.AcrossKeyChange))]
    public void Nothing_follows_a_KeyUpdate_in_its_record([ValueSource(nameof(Sides))] FaultSource from)
    {
        using var trial = Trial.Of(from, SslProtocols.Tls13).Connected();
        trial.Rogue.Send(ContentType.handshake, [24, 0, 0, 1, 0, 24, 0, 0, 1, 0]);
        trial.Fails(RecordFaults.AcrossKeyChange);
    }

    [TestCase(FaultSource.Client, Messages.ClientHello)]
    [TestCase(FaultSource.Client, Messages.Finished)]
    [TestCase(FaultSource.Server, Messages.ServerHelloDone)]
    [TestCase(FaultSource.Server, Messages.Finished)]
    [Proves(nameof(RecordFaults.BehindFlight))]
    public void Nothing_follows_the_end_of_a_flight_in_its_record(FaultSource from, byte type)
    {
        using var trial = Trial.Of(from, SslProtocols.Tls12).Changing(type, message => [.. message, Messages.Finished]);
        trial.Fails(RecordFaults.BehindFlight);
    }

    [Test, Proves(nameof(RecordFaults.OversizedMessage))]
    public void A_message_beyond_the_limit_is_refused_by_its_header(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        // 65,537 bytes, of which none is there.
        using var trial = Mutual.Trial(from, version).Replacing(Messages.Certificate, _ => [[Messages.Certificate, 1, 0, 1]]);
        Assert.That(trial.Fails(RecordFaults.OversizedMessage).Message, Does.Contain("MaxHandshakeMessageSize (65536)"));
    }

    [TestCase(FaultSource.Client, SslProtocols.Tls12, Messages.Finished, 65)]
    [TestCase(FaultSource.Client, SslProtocols.Tls13, Messages.Finished, 65)]
    [TestCase(FaultSource.Server, SslProtocols.Tls12, Messages.Finished, 65)]
    [TestCase(FaultSource.Server, SslProtocols.Tls13, Messages.Finished, 65)]
    [TestCase(FaultSource.Server, SslProtocols.Tls12, Messages.ServerHelloDone, 1)]
    [Proves(nameof(RecordFaults.MessageLength))]
    public void A_message_longer_than_any_of_its_type_is_refused_by_its_header(FaultSource from, SslProtocols version, byte type, int size)
    {
        using var trial = Trial.Of(from, version).Replacing(type, _ => [[type, 0, 0, (byte)size]]);
        trial.Fails(RecordFaults.MessageLength);
    }

    [Test, Proves(nameof(RecordFaults.MessageLength))]
    public void A_KeyUpdate_of_more_than_a_byte_is_refused_by_its_header([ValueSource(nameof(Sides))] FaultSource from)
    {
        using var trial = Trial.Of(from, SslProtocols.Tls13).Connected();
        trial.Rogue.Send(ContentType.handshake, [Messages.KeyUpdate, 0, 0, 2]);
        trial.Fails(RecordFaults.MessageLength);
    }

    [Test, Proves(nameof(RecordFaults.MessageType))]
    public void A_message_of_an_unknown_type_is_refused(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version, [Values(3, 9, 200)] int type)
    {
        using var trial = Trial.Of(from, version).Replacing(Messages.Finished, _ => [Messages.Make((byte)type, 0)]);
        trial.Fails(type == 3 ? RecordFaults.OutOfTurn : RecordFaults.MessageType);
    }

    [Test, Proves(nameof(RecordFaults.OutOfTurn))]
    public void Any_message_in_the_place_of_Finished_is_out_of_turn(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version,
        [Values(1, 2, 4, 5, 8, 11, 12, 13, 15, 16, 24)] int type)
    {
        // A server of TLS 1.2 may send a ticket before its Finished, if it has said so.
        using var trial = Trial.Of(from, version).Replacing(Messages.Finished, _ => [Messages.Make((byte)type)]);
        trial.Fails(RecordFaults.OutOfTurn);
    }

    [Test, Proves(nameof(RecordFaults.OutOfTurn))]
    public void After_the_handshake_only_few_messages_have_a_place(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version,
        [Values(2, 5, 8, 11, 15, 16, 20)] int type)
    {
        using var trial = Trial.Of(from, version).Connected();
        trial.Rogue.Send(ContentType.handshake, Messages.Make((byte)type));
        trial.Fails(RecordFaults.OutOfTurn);
    }

    [Test, Proves(nameof(RecordFaults.OutOfTurn))]
    public void On_TLS_13_nobody_renegotiates([ValueSource(nameof(Sides))] FaultSource from)
    {
        using var trial = Trial.Of(from, SslProtocols.Tls13).Connected();
        trial.Rogue.Send(ContentType.handshake, Messages.Make(from == FaultSource.Client ? Messages.ClientHello : Messages.HelloRequest));
        trial.Fails(RecordFaults.OutOfTurn);
    }

    [Test, Proves(nameof(RecordFaults.CipherSpecOutOfPlace))]
    public void After_the_handshake_there_is_no_change_cipher_spec(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Trial.Of(from, version).Connected();
        if (version == SslProtocols.Tls13)
            trial.Rogue.SendRaw(Messages.Record(20, 1));
        else
            trial.Rogue.Send(ContentType.change_cipher_spec, [1]);
        trial.Fails(RecordFaults.CipherSpecOutOfPlace);
    }

    [TestCase(FaultSource.Client, Messages.ClientKeyExchange)]
    [TestCase(FaultSource.Server, Messages.ServerKeyExchange)]
    [Proves(nameof(RecordFaults.CipherSpecOutOfPlace))]
    public void On_TLS_12_keys_do_not_change_before_they_are_agreed(FaultSource from, byte type)
    {
        using var trial = Trial.Of(from, SslProtocols.Tls12);
        trial.Replacing(type, message =>
        {
            trial.Rogue.SendRaw(Messages.Record(20, 1));
            return [message];
        });
        trial.Fails(RecordFaults.CipherSpecOutOfPlace);
    }

    [Test, Proves(nameof(RecordFaults.CipherSpecOutOfPlace))]
    public void The_first_record_is_no_change_cipher_spec([ValueSource(nameof(Sides))] FaultSource from)
    {
        using var trial = Trial.Of(from, SslProtocols.Tls13);
        trial.Rogue.Instead = (_, _) => [];
        trial.Rogue.Begin();
        trial.Rogue.SendRaw(Messages.Record(20, 1));
        trial.Fails(RecordFaults.CipherSpecOutOfPlace);
    }

    [Test, Proves(nameof(RecordFaults.CipherSpecMalformed13), nameof(RecordFaults.CipherSpecMalformed12))]
    public void A_change_cipher_spec_is_one_byte_with_the_value_1(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version, [Values(0, 2)] int value)
    {
        using var trial = Trial.Of(from, version);
        trial.Rogue.Instead = (type, content) =>
        {
            if (type != ContentType.change_cipher_spec)
                return [(type, content)];
            trial.Rogue.SendRaw(Messages.Record(20, (byte)value));
            return [];
        };
        trial.Fails(version == SslProtocols.Tls13 ? RecordFaults.CipherSpecMalformed13 : RecordFaults.CipherSpecMalformed12);
    }

    [Test, Proves(nameof(RecordFaults.CipherSpecMissing))]
    public void On_TLS_12_there_is_no_Finished_without_change_cipher_spec([ValueSource(nameof(Sides))] FaultSource from)
    {
        using var trial = Trial.Of(from, SslProtocols.Tls12);
        trial.Rogue.Instead = (type, content) =>
        {
            if (type == ContentType.handshake && content[0] == Messages.Finished)
            {
                trial.Rogue.SendRaw(Messages.Record(22, content));
                return [];
            }

            return type == ContentType.change_cipher_spec ? [] : [(type, content)];
        };
        trial.Fails(RecordFaults.CipherSpecMissing);
    }

    [Test, Proves(nameof(RecordFaults.NoProgress))]
    public void On_TLS_13_change_cipher_spec_is_borne_so_often_and_no_more([ValueSource(nameof(Sides))] FaultSource from)
    {
        using var trial = Trial.Of(from, SslProtocols.Tls13);
        trial.Replacing(from == FaultSource.Client ? Messages.Finished : Messages.EncryptedExtensions, message =>
        {
            for (var i = 0; i < Many; i++)
                trial.Rogue.SendRaw(Messages.Record(20, 1));
            return [message];
        });
        trial.Fails(RecordFaults.NoProgress);
    }
}
