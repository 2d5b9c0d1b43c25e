using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Strictness;

/// <summary>What is wrong with records, played by both roles on both versions.</summary>
[TestFixtureSource(typeof(Detour), nameof(Detour.Lasting))]
internal sealed class RecordFaultTests(Detour detour) : OnEveryWay(detour)
{
    private const int Many = 33;

    internal static readonly FaultSource[] Sides = [FaultSource.Client, FaultSource.Server];
    internal static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test, Proves(nameof(RecordFaults.RecordType))]
    public void A_record_of_an_unknown_type_is_refused_in_every_phase(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version,
        [Values(0, 19, 24, 255)] int type, [Values] bool isConnected)
    {
        using var trial = Begun(from, version, isConnected);
        trial.Rogue.SendRaw(Messages.Record((byte)type, 1, 2, 3));
        trial.Fails(RecordFaults.RecordType);
    }

    [Test, Proves(nameof(RecordFaults.NoTls))]
    public void A_record_of_another_major_version_is_no_TLS(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isConnected)
    {
        using var trial = Begun(from, version, isConnected);
        trial.Rogue.SendRaw([22, 2, 3, 0, 1, 0]);
        trial.Fails(isConnected && version == SslProtocols.Tls13 ? RecordFaults.ClearRecord : RecordFaults.NoTls);
    }

    [Test, Proves(nameof(RecordFaults.RecordVersion))]
    public void A_protected_record_of_another_version_is_refused(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Begun(from, version, isConnected: true);
        trial.Rogue.SendRaw([23, 3, 1, 0, 30, .. new byte[30]]);
        trial.Fails(RecordFaults.RecordVersion);
    }

    [Test, Proves(nameof(RecordFaults.RecordVersion))]
    public void On_TLS_12_a_message_in_clear_is_of_that_version_too_once_it_stands()
    {
        using var trial = Trial.OfServer(SslProtocols.Tls12);
        trial.Replacing(Messages.Certificate, message =>
        {
            trial.Rogue.SendRaw([22, 3, 2, 0, 1, 0]);
            return [message];
        });
        trial.Fails(RecordFaults.RecordVersion);
    }

    [Test, Proves(nameof(RecordFaults.OversizedRecord))]
    public void A_record_that_says_it_is_too_long_is_refused_before_it_is_there(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isConnected)
    {
        using var trial = Begun(from, version, isConnected);
        var limit = (1 << 14) + (!isConnected ? 0 : version == SslProtocols.Tls13 ? 256 : 2048);
        trial.Rogue.SendRaw([isConnected ? (byte)23 : (byte)22, 3, 3, (byte)((limit + 1) >> 8), (byte)(limit + 1)]);
        trial.Fails(RecordFaults.OversizedRecord);
    }

    [Test, Proves(nameof(RecordFaults.OversizedContent))]
    public void Content_beyond_what_a_record_may_hold_is_refused(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version, [Values(512, 16_384)] int size)
    {
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host,
            Verification = TestCertificates.Verification,
            EnabledProtocols = version,
            MaxFragmentLength = size == 512 ? size : null,
        };
        using var trial = from == FaultSource.Client ? Trial.OfClient(version, client) : Trial.OfServer(version, ours: client);
        trial.Connected().SendSealed(ContentType.application_data, new byte[size + 1]);
        trial.Fails(RecordFaults.OversizedContent);
    }

    [Test, Proves(nameof(RecordFaults.EmptyFragment))]
    public void An_empty_fragment_in_clear_is_refused([ValueSource(nameof(Sides))] FaultSource from, [Values(21, 22)] int type)
    {
        using var trial = Begun(from, SslProtocols.Tls13, isConnected: false);
        trial.Rogue.SendRaw(Messages.Record((byte)type));
        trial.Fails(RecordFaults.EmptyFragment);
    }

    [Test, Proves(nameof(RecordFaults.EmptyFragment))]
    public void An_empty_fragment_is_refused_when_it_is_protected(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version, [Values(21, 22)] int type)
    {
        using var trial = Begun(from, version, isConnected: true);
        trial.SendSealed((short)type, []);
        trial.Fails(RecordFaults.EmptyFragment);
    }

    [Test, Proves(nameof(RecordFaults.NoContentType))]
    public void A_record_of_nothing_but_padding_is_refused([ValueSource(nameof(Sides))] FaultSource from, [Values(0, 100)] int padding)
    {
        using var trial = Begun(from, SslProtocols.Tls13, isConnected: true);

        // Type zero is padding, as the zeros before it.
        trial.SendSealed(0, new byte[padding]);
        trial.Fails(RecordFaults.NoContentType);
    }

    [Test, Proves(nameof(RecordFaults.InnerType))]
    public void A_protected_record_that_holds_what_it_may_not_is_refused(
        [ValueSource(nameof(Sides))] FaultSource from, [Values(20, 24, 255)] int type)
    {
        using var trial = Begun(from, SslProtocols.Tls13, isConnected: true);
        trial.SendSealed((short)type, [1]);
        trial.Fails(RecordFaults.InnerType);
    }

    [Test, Proves(nameof(RecordFaults.ShortCiphertext))]
    public void A_record_shorter_than_its_protection_does_not_authenticate(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Begun(from, version, isConnected: true);
        trial.Rogue.SendRaw(Messages.Record(23, new byte[15]));
        trial.Fails(RecordFaults.ShortCiphertext);
    }

    [Test, Proves(nameof(RecordFaults.Forged))]
    public void A_record_that_was_changed_does_not_authenticate(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Begun(from, version, isConnected: true);
        trial.Rogue.SendRaw(Messages.Record(23, new byte[60]));
        trial.Fails(RecordFaults.Forged);
    }

    [Test, Proves(nameof(RecordFaults.ClearRecord))]
    public void A_record_in_clear_after_the_handshake_is_refused([ValueSource(nameof(Sides))] FaultSource from, [Values(21, 22)] int type)
    {
        using var trial = Begun(from, SslProtocols.Tls13, isConnected: true);
        trial.Rogue.SendRaw(Messages.Record((byte)type, 1, 0));
        trial.Fails(RecordFaults.ClearRecord);
    }

    [Test, Proves(nameof(RecordFaults.ClearRecord))]
    public void A_clients_message_in_clear_after_the_ServerHello_is_refused()
    {
        using var trial = Trial.OfClient(SslProtocols.Tls13);
        trial.Replacing(Messages.Finished, message =>
        {
            trial.Rogue.SendRaw(Messages.Record(22, message));
            return [];
        });
        trial.Fails(RecordFaults.ClearRecord);
    }

    [Test, Proves(nameof(RecordFaults.ClearRecord))]
    public void A_servers_message_in_clear_after_its_ServerHello_is_refused()
    {
        using var trial = Trial.OfServer(SslProtocols.Tls13);
        trial.Replacing(Messages.EncryptedExtensions, message =>
        {
            trial.Rogue.SendRaw(Messages.Record(22, message));
            return [];
        });
        trial.Fails(RecordFaults.ClearRecord);
    }

    [Test, Proves(nameof(RecordFaults.EarlyApplicationData))]
    public void Application_data_before_the_end_of_the_handshake_is_refused(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Trial.Of(from, version);
        trial.Rogue.Instead = (type, content) => type == ContentType.handshake && content[0] == Messages.Finished
            ? [(ContentType.application_data, [1, 2, 3]), (type, content)]
            : [(type, content)];
        trial.Fails(RecordFaults.EarlyApplicationData);
    }

    [Test, Proves(nameof(RecordFaults.SplitAlert))]
    public void A_record_holds_one_alert(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version, [Values(1, 3, 4)] int size)
    {
        using var trial = Begun(from, version, isConnected: true);
        trial.Rogue.Send(ContentType.alert, ((byte[])[1, 90, 1, 90])[..size]);
        trial.Fails(RecordFaults.SplitAlert);
    }

    [Test, Proves(nameof(RecordFaults.AlertLevel))]
    public void There_are_two_levels_of_alerts(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version, [Values(0, 3, 255)] int level)
    {
        using var trial = Begun(from, version, isConnected: true);
        trial.Rogue.Send(ContentType.alert, [(byte)level, 90]);
        trial.Fails(RecordFaults.AlertLevel);
    }

    [Test, Proves(nameof(RecordFaults.NoProgress))]
    public void Records_that_bring_nothing_come_to_an_end(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isAlert)
    {
        using var trial = Begun(from, version, isConnected: true);
        for (var i = 0; i < Many; i++)
            trial.Rogue.Send(isAlert ? ContentType.alert : ContentType.application_data, isAlert ? [1, 90] : []);
        trial.Fails(RecordFaults.NoProgress);
    }

    [Test, Proves(nameof(RecordFaults.TooMuchBeforeHello))]
    public void A_hello_that_does_not_end_is_refused(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Unbegun(from, version);
        trial.Rogue.SendRaw(Messages.Record(22, from == FaultSource.Client ? (byte)1 : (byte)2, 0, 0xFF, 0));
        for (var i = 0; i < 20_000; i++)
            trial.Rogue.SendRaw(Messages.Record(22, 0));
        trial.Fails(RecordFaults.TooMuchBeforeHello);
    }

    [Test]
    public void Fragments_of_one_byte_are_borne(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Trial.Of(from, version);
        trial.Rogue.Instead =
            (type, content) => type == ContentType.handshake ? content.Select(one => (type, (byte[])[one])) : [(type, content)];

        trial.Connected();
    }

    /// <summary>A rogue that has done nothing wrong yet: before its hello, or connected.</summary>
    private static Trial Begun(FaultSource from, SslProtocols version, bool isConnected)
    {
        if (!isConnected)
            return Unbegun(from, version);

        return Trial.Of(from, version).Connected();
    }

    private static Trial Unbegun(FaultSource from, SslProtocols version = SslProtocols.Tls13)
    {
        var trial = Trial.Of(from, version);
        trial.Rogue.Instead = (_, _) => [];
        trial.Rogue.Begin();
        trial.Core.StepHandshake();
        return trial;
    }
}
