using System.Net.Security;
using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Strictness;

/// <summary>What is wrong with a ServerHello, a HelloRetryRequest, and the answers to extensions.</summary>
[TestFixtureSource(typeof(Detour), nameof(Detour.All))]
internal sealed class ServerHelloFaultTests(Detour detour) : OnEveryWay(detour)
{
    private const SslProtocols Both = SslProtocols.Tls12 | SslProtocols.Tls13;
    private const int UnknownExtension = 0xFACE;

    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test, Proves(nameof(HelloFaults.Ssl3))]
    public void A_ServerHello_of_SSL_3_is_refused([ValueSource(nameof(Versions))] SslProtocols version) =>
        Fails(HelloFaults.Ssl3, version, hello => hello.Version = [3, 0]);

    [TestCase(3, 2)]
    [TestCase(3, 5)]
    [TestCase(18, 52)]
    [Proves(nameof(HelloFaults.VersionNotOffered))]
    public void A_version_that_was_not_offered_is_refused(int major, int minor) =>
        Fails(HelloFaults.VersionNotOffered, SslProtocols.Tls12, hello => hello.Version = [(byte)major, (byte)minor],
            TlsFault.Incompatible);

    [Test, Proves(nameof(HelloFaults.VersionNotOffered))]
    public void Who_offers_TLS_13_alone_takes_no_ServerHello_of_TLS_12() =>
        Fails(HelloFaults.VersionNotOffered, SslProtocols.Tls13, hello => hello.Remove(ExtensionType.supported_versions),
            TlsFault.Incompatible);

    [TestCase(3, 3)]
    [TestCase(3, 5)]
    [TestCase(0x7F, 28)]
    [Proves(nameof(HelloFaults.SelectedVersion))]
    public void Supported_versions_selects_one_that_was_offered_and_is_no_older_than_TLS_13(int major, int minor) =>
        Fails(HelloFaults.SelectedVersion, SslProtocols.Tls13,
            hello => hello.Set(ExtensionType.supported_versions, (byte)major, (byte)minor));

    [Test, Proves(nameof(HelloFaults.Unrequested))]
    public void Who_offers_no_supported_versions_gets_none() =>
        Fails(HelloFaults.Unrequested, SslProtocols.Tls12, hello => hello.Set(ExtensionType.supported_versions, 3, 4));

    [TestCase(SslProtocols.Tls12, 0x13, 0x01)]
    [TestCase(SslProtocols.Tls12, 0x00, 0x2F)]
    [TestCase(SslProtocols.Tls13, 0x13, 0x05)]
    [TestCase(SslProtocols.Tls13, 0xC0, 0x2B)]
    [Proves(nameof(HelloFaults.SuiteNotOffered))]
    public void A_cipher_suite_that_was_not_offered_is_refused(SslProtocols version, int high, int low) =>
        Fails(HelloFaults.SuiteNotOffered, version, hello => hello.Suites = [(byte)high, (byte)low]);

    [Test, Proves(nameof(HelloFaults.CompressionChosen))]
    public void Compression_is_refused([ValueSource(nameof(Versions))] SslProtocols version) =>
        Fails(HelloFaults.CompressionChosen, version, hello => hello.Compression = [1]);

    [Test, Proves(nameof(HelloFaults.SessionIdNotEchoed))]
    public void On_TLS_13_our_session_id_comes_back([Values] bool isMissing) =>
        Fails(HelloFaults.SessionIdNotEchoed, SslProtocols.Tls13,
            hello => hello.SessionId = isMissing ? [] : [.. hello.SessionId[..^1], (byte)~hello.SessionId[^1]]);

    [Test, Proves(nameof(HelloFaults.SessionIdInvented))]
    public void On_TLS_12_nobody_resumes_a_session_that_does_not_exist()
    {
        using var trial = Trial.OfServer(SslProtocols.Tls12, ours: CorePair.Options(Both));
        byte[] sent = [];
        trial.Changing(Messages.ServerHello, message => HelloEditor.Change(message, hello => hello.SessionId = sent));
        trial.Core.StepHandshake();
        sent = new HelloEditor(trial.Out.Readable[5..].ToArray()).SessionId;
        Assert.That(sent, Has.Length.EqualTo(32));
        trial.Fails(HelloFaults.SessionIdInvented);
    }

    [Test, Proves(nameof(HelloFaults.DowngradeMarker))]
    public void Who_was_talked_down_from_TLS_13_notices([Values(0, 1)] int marker)
    {
        using var trial = Trial.OfServer(SslProtocols.Tls12, ours: CorePair.Options(Both));
        trial.Changing(
            Messages.ServerHello,
            message => HelloEditor.Change(message, hello => hello.Random = [.. hello.Random[..24], .. "DOWNGRD"u8, (byte)marker]));
        trial.Fails(HelloFaults.DowngradeMarker);
    }

    [Test, Proves(nameof(HelloFaults.ServerShareMissing))]
    public void A_ServerHello_has_a_key_share() =>
        Fails(HelloFaults.ServerShareMissing, SslProtocols.Tls13, hello => hello.Remove(ExtensionType.key_share));

    [TestCase(24)]
    [TestCase(0x7F)]
    [Proves(nameof(HelloFaults.GroupNotOffered))]
    public void A_key_share_of_another_group_is_refused(int group) => Fails(
        HelloFaults.GroupNotOffered, SslProtocols.Tls13,
        hello => hello.Set(ExtensionType.key_share, [0, (byte)group, 0, 97, 4, .. new byte[96]]));

    [Test, Proves(nameof(HelloFaults.GroupNotOffered))]
    public void On_TLS_12_too_a_group_that_was_not_offered_is_refused([Values(22, 0x7F)] int group)
    {
        using var trial = Trial.OfServer(SslProtocols.Tls12).Changing(
            Messages.ServerKeyExchange, message => [.. message[..5], 0, (byte)group, .. message[7..]]);
        trial.Fails(HelloFaults.GroupNotOffered);
    }

    [Test, Proves(nameof(HelloFaults.BadKeyShare))]
    public void A_servers_key_share_is_a_point_of_its_group([Values(1063, 1121)] int size) =>
        Fails(HelloFaults.BadKeyShare, SslProtocols.Tls13, hello =>
            hello.Set(ExtensionType.key_share, [.. hello.Get(ExtensionType.key_share)[..2], .. Messages.Vector16(new byte[size])]));

    [TestCase(TlsNamedGroup.MLKem768, 1087)]
    [TestCase(TlsNamedGroup.MLKem768, 1089)]
    [TestCase(TlsNamedGroup.MLKem1024, 1)]
    [TestCase(TlsNamedGroup.MLKem1024, 1567)]
    [Proves(nameof(HelloFaults.BadKeyShare))]
    public void A_servers_key_share_of_ML_KEM_is_a_ciphertext_of_its_length(TlsNamedGroup group, int size)
    {
        var policy = TlsPolicy.Modern with { Groups = [group] };
        using var trial = Trial.OfServer(
            SslProtocols.Tls13,
            new TlsServerOptions { Credential = TestCertificates.Server, Policy = policy },
            new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, Policy = policy });
        trial.Changing(Messages.ServerHello, message => HelloEditor.Change(
            message, hello =>
                hello.Set(ExtensionType.key_share, [.. hello.Get(ExtensionType.key_share)[..2], .. Messages.Vector16(new byte[size])])));

        trial.Fails(HelloFaults.BadKeyShare);
    }

    [Test, Proves(nameof(HelloFaults.LowOrderPoint))]
    public void A_servers_point_of_low_order_is_refused([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host,
            Verification = TestCertificates.Verification,
            EnabledProtocols = version,
            Policy = TlsPolicy.Default with { Groups = [TlsNamedGroup.X25519] },
        };

        // On TLS 1.2 the key is signed, and the signature is looked at first.
        using var trial = Trial.OfServer(version, ours: client);
        if (version == SslProtocols.Tls13)
            trial.Changing(
                Messages.ServerHello,
                message => HelloEditor.Change(message, hello => hello.Set(ExtensionType.key_share, [0, 29, 0, 32, .. new byte[32]])));
        else
            trial.Changing(Messages.ServerKeyExchange, message => [.. message[..8], .. new byte[32], .. message[40..]]);
        trial.Fails(version == SslProtocols.Tls13 ? HelloFaults.LowOrderPoint : MessageFaults.WrongSignature);
    }

    [Test, Proves(nameof(HelloFaults.Unrequested))]
    public void An_extension_that_was_not_asked_for_is_refused(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values(UnknownExtension, 16, 18)] int type)
    {
        // Two of them are known, but were not offered.
        if (version == SslProtocols.Tls12)
            Fails(HelloFaults.Unrequested, version, hello => hello.Set(type));
        else
            Fails(HelloFaults.Unrequested, Messages.EncryptedExtensions, all => [.. all, (type == 18 ? 28 : type, [])]);
    }

    [Test, Proves(nameof(HelloFaults.Unrequested))]
    public void A_ServerHello_of_TLS_13_answers_nothing_that_was_not_asked([Values(UnknownExtension, 41)] int type) =>
        Fails(HelloFaults.Unrequested, SslProtocols.Tls13, hello => hello.Set(type, 0, 0));

    [Test, Proves(nameof(HelloFaults.Misplaced))]
    public void An_extension_stands_where_it_belongs([Values] bool isHello)
    {
        if (isHello)
            Fails(HelloFaults.Misplaced, SslProtocols.Tls13, hello => hello.Set(ExtensionType.supported_groups, 0, 2, 0, 29));
        else
            Fails(HelloFaults.Misplaced, Messages.EncryptedExtensions, all => [.. all, (ExtensionType.key_share, [0, 29])]);
    }

    [Test, Proves(nameof(HelloFaults.DuplicateExtension))]
    public void An_extension_stands_in_an_answer_once([ValueSource(nameof(Versions))] SslProtocols version) =>
        Fails(HelloFaults.DuplicateExtension, version, hello => hello.Extensions.Add(hello.Extensions[^1]));

    [Test, Proves(nameof(HelloFaults.DuplicateExtension))]
    public void An_extension_stands_in_EncryptedExtensions_once() =>
        Fails(HelloFaults.DuplicateExtension, Messages.EncryptedExtensions,
            _ => [(ExtensionType.server_name, []), (ExtensionType.server_name, [])]);

    [Test, Proves(nameof(HelloFaults.PskIndex))]
    public void A_pre_shared_key_that_is_not_in_the_list_is_refused()
    {
        var psk = new TlsPsk("me"u8, new byte[32]);
        using var trial = Trial.OfServer(
            SslProtocols.Tls13, new TlsServerOptions { Credential = null, FindPsk = _ => psk },
            new TlsClientOptions { Psks = [psk], Policy = TlsPolicy.Modern });
        trial.Changing(
            Messages.ServerHello, message => HelloEditor.Change(message, hello => hello.Set(ExtensionType.pre_shared_key, 0, 1)));
        trial.Fails(HelloFaults.PskIndex);
    }

    [Test, Proves(nameof(HelloFaults.RetryForNothing))]
    public void A_HelloRetryRequest_changes_something() => FailsRetry(HelloFaults.RetryForNothing, hello =>
    {
        hello.Remove(ExtensionType.key_share);
        hello.Remove(ExtensionType.cookie);
    });

    [TestCase(0x11, 0xEC)]
    [TestCase(0, 29)]
    [TestCase(0x7F, 0x01)]
    [Proves(nameof(HelloFaults.RetryGroup))]
    public void A_HelloRetryRequest_is_for_a_group_that_was_offered_without_a_share(int high, int low) =>
        FailsRetry(HelloFaults.RetryGroup, hello => hello.Set(ExtensionType.key_share, (byte)high, (byte)low));

    [Test, Proves(nameof(HelloFaults.Unrequested))]
    public void A_HelloRetryRequest_answers_nothing_that_was_not_asked() => FailsRetry(HelloFaults.Unrequested, hello =>
    {
        hello.Set(UnknownExtension);
        hello.Remove(ExtensionType.key_share);
    });

    [Test, Proves(nameof(HelloFaults.DuplicateExtension))]
    public void An_extension_stands_in_a_HelloRetryRequest_once() =>
        FailsRetry(HelloFaults.DuplicateExtension, hello => hello.Extensions.Add(hello.Extensions[^1]));

    [Test, Proves(nameof(HelloFaults.SecondRetry))]
    public void There_is_one_HelloRetryRequest()
    {
        byte[] first = [];
        using var trial = Retrying();
        trial.Rogue.Instead = (type, content) =>
        {
            if (type != ContentType.handshake || content[0] != Messages.ServerHello)
                return [(type, content)];
            if (first.Length > 0)
                return [(type, first)];

            first = content;
            return [(type, content)];
        };
        trial.Fails(HelloFaults.SecondRetry);
    }

    [Test, Proves(nameof(HelloFaults.SuiteAfterRetry))]
    public void The_cipher_suite_stays_that_of_the_HelloRetryRequest() =>
        FailsRetry(HelloFaults.SuiteAfterRetry, hello => hello.Suites = [0x13, hello.Suites[1] == 1 ? (byte)2 : (byte)1], nth: 1);

    [Test, Proves(nameof(HelloFaults.GroupNotOffered))]
    public void The_group_stays_that_of_the_HelloRetryRequest() =>
        FailsRetry(HelloFaults.GroupNotOffered, hello => hello.Set(ExtensionType.key_share, [0, 29, 0, 32, 9, .. new byte[31]]), nth: 1);

    [Test, Proves(nameof(HelloFaults.SelectedVersion))]
    public void The_version_stays_that_of_the_HelloRetryRequest() =>
        FailsRetry(HelloFaults.SelectedVersion, hello => hello.Set(ExtensionType.supported_versions, 3, 3), nth: 1);

    [Test, Proves(nameof(HelloFaults.ProtocolNotOffered))]
    public void An_application_protocol_that_was_not_offered_is_refused([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        };
        byte[] answer = [0, 2, 1, (byte)'x'];
        using var trial = Trial.OfServer(version, ours: client);
        if (version == SslProtocols.Tls12)
            trial.Changing(
                Messages.ServerHello,
                message => HelloEditor.Change(message, hello => hello.Set(ExtensionType.application_layer_protocol_negotiation, answer)));
        else
            trial.Changing(Messages.EncryptedExtensions, _ => Messages.Make(
                Messages.EncryptedExtensions,
                Messages.Vector16(Messages.Extension(ExtensionType.application_layer_protocol_negotiation, answer))));
        trial.Fails(HelloFaults.ProtocolNotOffered);
    }

    [Test, Proves(nameof(HelloFaults.ServerNameAnswer))]
    public void The_answer_to_a_server_name_is_empty([ValueSource(nameof(Versions))] SslProtocols version)
    {
        if (version == SslProtocols.Tls12)
            Fails(HelloFaults.ServerNameAnswer, version, hello => hello.Set(ExtensionType.server_name, 0));
        else
            Fails(HelloFaults.ServerNameAnswer, Messages.EncryptedExtensions, _ => [(ExtensionType.server_name, [0])]);
    }

    [Test, Proves(nameof(HelloFaults.FragmentLength))]
    public void A_length_of_fragments_is_the_one_that_was_asked_for([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var client = new TlsClientOptions { TargetHost = TestCertificates.Host, Verification =
            TestCertificates.Verification, EnabledProtocols = version, MaxFragmentLength = 512 };
        using var trial = Trial.OfServer(version, ours: client);
        if (version == SslProtocols.Tls12)
            trial.Changing(
                Messages.ServerHello, message => HelloEditor.Change(message, hello => hello.Set(ExtensionType.max_fragment_length, 2)));
        else
            trial.Changing(
                Messages.EncryptedExtensions,
                _ => Messages.Make(
                    Messages.EncryptedExtensions, Messages.Vector16(Messages.Extension(ExtensionType.max_fragment_length, 2))));
        trial.Fails(HelloFaults.FragmentLength);
    }

    [Test, Proves(nameof(HelloFaults.PointFormats))]
    public void A_server_takes_points_uncompressed() =>
        Fails(HelloFaults.PointFormats, SslProtocols.Tls12, hello => hello.Set(ExtensionType.ec_point_formats, 1, 1));

    [Test, Proves(nameof(HelloFaults.NoExtendedMasterSecret))]
    public void A_server_without_extended_master_secret_is_refused() =>
        Fails(HelloFaults.NoExtendedMasterSecret, SslProtocols.Tls12, hello => hello.Remove(ExtensionType.extended_master_secret),
            TlsFault.Incompatible);

    [Test, Proves(nameof(HelloFaults.NoSecureRenegotiation))]
    public void A_server_without_renegotiation_info_is_refused() =>
        Fails(HelloFaults.NoSecureRenegotiation, SslProtocols.Tls12, hello => hello.Remove(ExtensionType.renegotiation_info),
            TlsFault.Incompatible);

    [Test, Proves(nameof(HelloFaults.RenegotiationInfo))]
    public void A_servers_renegotiation_info_is_empty_in_a_first_handshake() =>
        Fails(HelloFaults.RenegotiationInfo, SslProtocols.Tls12, hello => hello.Set(ExtensionType.renegotiation_info, 1, 7),
            TlsFault.Incompatible);

    private static void Fails(PeerFault fault, SslProtocols version, Action<HelloEditor> change, TlsFault whose = TlsFault.PeerMisbehaved)
    {
        using var trial = Trial.OfServer(version).Changing(Messages.ServerHello, message => HelloEditor.Change(message, change));
        trial.Fails(fault, whose);
    }

    /// <summary>Changes the extensions of a message that has nothing else.</summary>
    private static void Fails(PeerFault fault, byte type, Func<List<(int, byte[])>, (int, byte[])[]> change)
    {
        using var trial = Trial.OfServer(SslProtocols.Tls13)
            .Changing(type,
                message => Messages.Make(type, Messages.Vector16(Messages.Extensions(change(HelloEditor.ExtensionsOf(message[6..]))))));
        trial.Fails(fault);
    }

    private static void FailsRetry(PeerFault fault, Action<HelloEditor> change, int nth = 0)
    {
        using var trial = Retrying().Changing(Messages.ServerHello, message => HelloEditor.Change(message, change), nth);
        trial.Fails(fault);
    }

    /// <summary>A server that asks for another key share.</summary>
    private static Trial Retrying() => Trial.OfServer(
        SslProtocols.Tls13,
        new TlsServerOptions { Credential = TestCertificates.Server, Policy =
            TlsPolicy.Modern with { Groups = [TlsNamedGroup.Secp384r1] } });
}
