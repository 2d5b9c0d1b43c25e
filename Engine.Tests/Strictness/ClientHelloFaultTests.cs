using System.Net.Security;
using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Strictness;

/// <summary>What is wrong with a ClientHello, the first and the second.</summary>
[TestFixtureSource(typeof(Detour), nameof(Detour.All))]
internal sealed class ClientHelloFaultTests(Detour detour) : OnEveryWay(detour)
{
    private const SslProtocols Both = SslProtocols.Tls12 | SslProtocols.Tls13;
    private const int UnknownExtension = 0xFACE;

    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    /// <summary>What a second ClientHello may not do.</summary>
    private static IEnumerable<TestCaseData> Changes()
    {
        (string, Action<HelloEditor>)[] all =
        [
            ("legacy_version", hello => hello.Version = [3, 1]),
            ("random", hello => hello.Random[0] ^= 1),
            ("legacy_session_id", hello => hello.SessionId[0] ^= 1),
            ("legacy_session_id gone", hello => hello.SessionId = []),
            ("a cipher suite less", hello => hello.Suites = hello.Suites[..^2]),
            ("cipher suites in another order", hello => hello.Suites = [.. hello.Suites[2..4], .. hello.Suites[..2], .. hello.Suites[4..]]),
            ("another server name", hello => hello.Set(ExtensionType.server_name, [0, 4, 0, 0, 1, (byte)'x'])),
            ("no server name", hello => hello.Remove(ExtensionType.server_name)),
            ("another group",
                hello => hello.Set(ExtensionType.supported_groups, [.. (byte[])[0, 2], .. hello.Get(ExtensionType.key_share)[2..4]])),
            ("other signature schemes", hello => hello.Set(ExtensionType.signature_algorithms, [0, 2, 4, 3])),
            ("no extension", hello => hello.Extensions.Clear()),
            ("no extensions at all", hello => hello.EndsBeforeExtensions = true),
            ("a new extension", hello => hello.Set(UnknownExtension)),
            ("early data", hello => hello.Set(ExtensionType.early_data)),
            ("a pre-shared key", hello => hello.Set(ExtensionType.pre_shared_key, [0, 7, 0, 1, 1, 0, 0, 0, 0, 0, 33, 32, .. new byte[32]])),
        ];
        return all.Select(one => new TestCaseData(one.Item2).SetArgDisplayNames(one.Item1));
    }

    [TestCaseSource(nameof(Changes)), Proves(nameof(HelloFaults.SecondHelloChanged))]
    public void A_second_ClientHello_is_the_first_but_for_what_it_may_change(Action<HelloEditor> change)
    {
        using var trial = Retried().Changing(Messages.ClientHello, message => HelloEditor.Change(message, change), nth: 1);
        trial.Fails(HelloFaults.SecondHelloChanged);
    }

    [Test]
    public void A_second_ClientHello_may_change_its_padding_and_what_it_hides([Values(ExtensionType.padding, 0xFE0D)] int type)
    {
        // It gets past the hellos, to keys that differ because the rogue knows nothing of the change.
        using var trial = Retried().Changing(
            Messages.ClientHello, message => HelloEditor.Change(message, hello => hello.Set(type, 0, 0)), nth: 1);
        Assert.That(trial.Outcome()?.Alert, Is.EqualTo(TlsAlert.BadRecordMac));
    }

    [Test, Proves(nameof(HelloFaults.SecondHelloPsk))]
    public void A_pre_shared_key_that_was_accepted_stays([Values] bool endsBefore)
    {
        using var trial = WithPsk(isRetried: true).Changing(Messages.ClientHello, message => HelloEditor.Change(message, hello =>
        {
            hello.EndsBeforeExtensions = endsBefore;
            hello.Remove(ExtensionType.pre_shared_key);
        }), nth: 1);
        trial.Fails(HelloFaults.SecondHelloPsk);
    }

    [Test, Proves(nameof(HelloFaults.SecondHelloChanged))]
    public void Another_key_does_not_take_the_place_of_one_that_was_accepted()
    {
        // The identity begins behind two lengths.
        using var trial = WithPsk(isRetried: true).Changing(
            Messages.ClientHello, message => HelloEditor.Change(message, hello => hello.Get(ExtensionType.pre_shared_key)[4] ^= 1), nth: 1);
        trial.Fails(HelloFaults.SecondHelloChanged);
    }

    [Test, Proves(nameof(HelloFaults.SecondHelloKeyShare))]
    public void A_second_ClientHello_has_the_key_share_that_was_asked_for([Values] bool isTwo)
    {
        using var trial = Retried().Changing(
            Messages.ClientHello,
            message => HelloEditor.Change(message, hello =>
            {
                // One for X25519, or that besides the other.
                byte[] other = [0, 29, 0, 32, 9, .. new byte[31]];
                hello.Set(ExtensionType.key_share,
                    Messages.Vector16(isTwo ? [.. hello.Get(ExtensionType.key_share)[2..], .. other] : other));
            }),
            nth: 1);
        trial.Fails(HelloFaults.SecondHelloKeyShare);
    }

    [Test, Proves(nameof(HelloFaults.SecondHelloCookie))]
    public void A_second_ClientHello_has_no_cookie_because_none_was_given()
    {
        using var trial = Retried().Changing(
            Messages.ClientHello, message => HelloEditor.Change(message, hello => hello.Set(ExtensionType.cookie, 0, 1, 7)), nth: 1);
        trial.Fails(HelloFaults.SecondHelloCookie);
    }

    [Test, Proves(nameof(RecordFaults.OutOfTurn))]
    public void A_HelloRetryRequest_is_answered_with_a_ClientHello_and_that_once()
    {
        using var trial = Retried().Replacing(Messages.ClientHello, message => [Messages.Make(Messages.Finished, new byte[32])], nth: 1);
        trial.Fails(RecordFaults.OutOfTurn);
    }

    [Test, Proves(nameof(HelloFaults.DuplicateExtension))]
    public void An_extension_stands_in_a_ClientHello_once([ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isUnknown) =>
        Fails(HelloFaults.DuplicateExtension, version, hello =>
        {
            if (isUnknown)
                hello.Extensions.Add((UnknownExtension, []));
            hello.Extensions.Add(hello.Extensions[^1]);
        });

    [Test, Proves(nameof(HelloFaults.Ssl3))]
    public void A_ClientHello_of_SSL_3_is_refused([ValueSource(nameof(Versions))] SslProtocols version) =>
        Fails(HelloFaults.Ssl3, version, hello => hello.Version = [3, 0]);

    [Test]
    public void A_legacy_version_that_is_later_means_nothing([ValueSource(nameof(Versions))] SslProtocols version)
    {
        // It gets past the hello, to keys that differ because the rogue knows nothing of the change.
        using var trial = Trial.OfClient(version).Changing(
            Messages.ClientHello, message => HelloEditor.Change(message, hello => hello.Version = [3, 9]));
        Assert.That(trial.Outcome()?.Alert, Is.EqualTo(TlsAlert.BadRecordMac));
    }

    [Test, Proves(nameof(HelloFaults.NoCommonVersion))]
    public void A_version_that_we_do_not_speak_is_refused([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Trial.OfClient(
            version, ours: CorePair.ServerOptions(version == SslProtocols.Tls12 ? SslProtocols.Tls13 : SslProtocols.Tls12));
        trial.Fails(HelloFaults.NoCommonVersion, TlsFault.Incompatible);
    }

    [Test, Proves(nameof(HelloFaults.Fallback))]
    public void A_fallback_from_a_version_that_both_have_is_refused()
    {
        using var trial = Trial.OfClient(SslProtocols.Tls12, ours: CorePair.ServerOptions(Both));
        trial.Changing(Messages.ClientHello, message => HelloEditor.Change(message, hello => hello.Suites = [.. hello.Suites, 0x56, 0x00]));
        trial.Fails(HelloFaults.Fallback, TlsFault.Incompatible);
    }

    [Test, Proves(nameof(HelloFaults.NoCommonSuite))]
    public void Cipher_suites_that_we_do_not_have_are_refused([ValueSource(nameof(Versions))] SslProtocols version) =>
        Fails(HelloFaults.NoCommonSuite, version, hello => hello.Suites = [0x13, 0x7F, 0x00, 0xFF], TlsFault.Incompatible);

    [Test, Proves(nameof(HelloFaults.NoCommonGroup))]
    public void Groups_that_we_do_not_have_are_refused([ValueSource(nameof(Versions))] SslProtocols version) =>
        Fails(
            HelloFaults.NoCommonGroup, version, hello =>
            {
                hello.Set(ExtensionType.supported_groups, [0, 2, 0x7F, 0x01]);
                if (version == SslProtocols.Tls13)
                    hello.Set(ExtensionType.key_share, [0, 0]);
            },
            TlsFault.Incompatible);

    [Test, Proves(nameof(HelloFaults.NoCommonProtocol))]
    public void Application_protocols_that_we_do_not_speak_are_refused([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var server = new TlsServerOptions { Credential = TestCertificates.Server, EnabledProtocols = version, ApplicationProtocols =
            [SslApplicationProtocol.Http2] };
        using var trial = Trial.OfClient(version, ours: server);
        trial.Changing(Messages.ClientHello, message => HelloEditor.Change(
            message, hello => hello.Set(ExtensionType.application_layer_protocol_negotiation, [0, 2, 1, (byte)'x'])));
        trial.Fails(HelloFaults.NoCommonProtocol, TlsFault.Incompatible);
    }

    [Test, Proves(nameof(HelloFaults.Compression))]
    public void On_TLS_13_there_is_no_compression_method_but_the_null_method([Values(1, 64)] int method) =>
        Fails(HelloFaults.Compression, SslProtocols.Tls13, hello => hello.Compression = [(byte)method, 0]);

    [Test, Proves(nameof(HelloFaults.NoNullCompression))]
    public void The_null_compression_method_is_offered([ValueSource(nameof(Versions))] SslProtocols version) =>
        Fails(HelloFaults.NoNullCompression, version, hello => hello.Compression = [1]);

    [TestCase(ExtensionType.key_share)]
    [TestCase(ExtensionType.supported_groups)]
    [TestCase(ExtensionType.key_share, ExtensionType.supported_groups)]
    [Proves(nameof(HelloFaults.MissingKeyShare))]
    public void Groups_and_key_shares_come_together(params int[] missing) =>
        Fails(HelloFaults.MissingKeyShare, SslProtocols.Tls13, hello => Array.ForEach(missing, hello.Remove));

    [Test, Proves(nameof(HelloFaults.MissingSignatureAlgorithms))]
    public void Without_signature_schemes_there_is_no_certificate() =>
        Fails(HelloFaults.MissingSignatureAlgorithms, SslProtocols.Tls13, hello => hello.Remove(ExtensionType.signature_algorithms));

    [Test, Proves(nameof(HelloFaults.KeyShareTwice))]
    public void A_group_has_one_key_share() =>
        Fails(HelloFaults.KeyShareTwice, SslProtocols.Tls13, hello =>
        {
            var shares = hello.Get(ExtensionType.key_share)[2..];
            hello.Set(ExtensionType.key_share, Messages.Vector16([.. shares, .. shares]));
        });

    [Test, Proves(nameof(HelloFaults.KeyShareNotOffered))]
    public void A_key_share_is_for_a_group_that_is_supported() =>
        Fails(HelloFaults.KeyShareNotOffered, SslProtocols.Tls13, hello => hello.Set(ExtensionType.supported_groups, [0, 2, 0, 24]));

    [TestCase(29, 31)]
    [TestCase(29, 33)]
    [TestCase(23, 65)]
    [Proves(nameof(HelloFaults.BadKeyShare))]
    public void A_key_share_is_a_point_of_its_group(int group, int size)
    {
        // Four is an uncompressed point, of zeros, which is not on the curve.
        Fails(HelloFaults.BadKeyShare, SslProtocols.Tls13, hello =>
        {
            hello.Set(ExtensionType.supported_groups, [0, 2, 0, (byte)group]);
            hello.Set(ExtensionType.key_share, Messages.Vector16([0, (byte)group, .. Messages.Vector16([4, .. new byte[size - 1]])]));
        });
    }

    [Test, Proves(nameof(HelloFaults.BadKeyShare))]
    public void A_key_share_is_not_compressed(
        [ValueSource(nameof(Versions))] SslProtocols version,
        [Values(TlsNamedGroup.Secp256r1, TlsNamedGroup.Secp384r1, TlsNamedGroup.Secp521r1)] TlsNamedGroup group)
    {
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host,
            Verification = TestCertificates.Verification,
            EnabledProtocols = version,
            Policy = TlsPolicy.Default with { Groups = [group] },
        };
        using var trial = Trial.OfClient(
            version, options,
            new TlsServerOptions { Credential = TestCertificates.Server, EnabledProtocols = version, Policy = options.Policy });
        if (version == SslProtocols.Tls12)
            trial.Changing(Messages.ClientKeyExchange, message => Messages.Make(message[0], Compressed(message[5..])));
        else
            trial.Changing(Messages.ClientHello, message => HelloEditor.Change(message, hello =>
            {
                var share = hello.Get(ExtensionType.key_share);
                hello.Set(ExtensionType.key_share, Messages.Vector16([.. share[2..4], 0, .. Compressed(share[6..])]));
            }));
        trial.Fails(HelloFaults.BadKeyShare);

        // A vector: its length, the sign of y, x.
        static byte[] Compressed(byte[] point) =>
            [(byte)(1 + point.Length / 2), (byte)(2 + (point[^1] & 1)), .. point[1..(1 + point.Length / 2)]];
    }

    [TestCase(TlsNamedGroup.MLKem768, 1183)]
    [TestCase(TlsNamedGroup.MLKem768, 1185)]
    [TestCase(TlsNamedGroup.MLKem1024, 1)]
    [TestCase(TlsNamedGroup.MLKem1024, 1568)]
    [TestCase(TlsNamedGroup.X25519MLKem768, 1216)]
    [Proves(nameof(HelloFaults.BadKeyShare))]
    public void A_key_share_of_ML_KEM_is_a_key_of_its_length_and_below_the_modulus(TlsNamedGroup group, int size)
    {
        // Where the length is right, every coefficient is 4,095, and the modulus 3,329.
        using var trial = Trial.OfClient(
            SslProtocols.Tls13,
            ours: new TlsServerOptions { Credential = TestCertificates.Server, Policy = TlsPolicy.Modern with { Groups = [group] } });
        byte[] code = [(byte)((int)group >> 8), (byte)group];
        trial.Changing(Messages.ClientHello, message => HelloEditor.Change(message, hello =>
        {
            hello.Set(ExtensionType.supported_groups, [0, 2, .. code]);
            hello.Set(ExtensionType.key_share,
                Messages.Vector16([.. code, .. Messages.Vector16([.. Enumerable.Repeat((byte)0xFF, size)])]));
        }));

        trial.Fails(HelloFaults.BadKeyShare);
    }

    [Test, Proves(nameof(HelloFaults.BadKeyShare))]
    public void On_TLS_12_too_a_clients_key_is_a_point_of_its_group()
    {
        using var trial = Trial.OfClient(SslProtocols.Tls12);
        trial.Changing(Messages.ClientKeyExchange, _ => Messages.Make(Messages.ClientKeyExchange, 31, 9));
        trial.Fails(RecordFaults.Truncated);

        using var second = Trial.OfClient(SslProtocols.Tls12);
        second.Changing(Messages.ClientKeyExchange, _ => Messages.Make(Messages.ClientKeyExchange, [31, .. new byte[31]]));
        second.Fails(HelloFaults.BadKeyShare);
    }

    [Test, Proves(nameof(HelloFaults.LowOrderPoint))]
    public void A_point_of_low_order_is_refused() =>
        Fails(
            HelloFaults.LowOrderPoint, SslProtocols.Tls13, hello =>
            {
                hello.Set(ExtensionType.supported_groups, 0, 2, 0, 29);
                hello.Set(ExtensionType.key_share, Messages.Vector16([0, 29, 0, 32, .. new byte[32]]));
            });

    [Test, Proves(nameof(HelloFaults.LowOrderPoint))]
    public void On_TLS_12_too_a_point_of_low_order_is_refused()
    {
        using var trial = Trial.OfClient(SslProtocols.Tls12).Changing(
            Messages.ClientKeyExchange, _ => Messages.Make(Messages.ClientKeyExchange, [32, .. new byte[32]]));
        trial.Fails(HelloFaults.LowOrderPoint);
    }

    [Test, Proves(nameof(HelloFaults.PointFormats))]
    public void Points_come_uncompressed() =>
        Fails(HelloFaults.PointFormats, SslProtocols.Tls12, hello => hello.Set(ExtensionType.ec_point_formats, 1, 1));

    [Test]
    public void On_TLS_13_the_formats_of_points_mean_nothing()
    {
        using var trial = Trial.OfClient(SslProtocols.Tls13).Changing(
            Messages.ClientHello, message => HelloEditor.Change(message, hello => hello.Set(ExtensionType.ec_point_formats, 1, 1)));

        // Both have another transcript, so that what comes next does not authenticate; we have not minded the formats.
        Assert.That(trial.Outcome()!.Message, Does.Contain("authenticate").Or.Contain("the fatal alert"));
    }

    [Test, Proves(nameof(HelloFaults.ServerNameMalformed))]
    public void A_server_name_is_a_host_name(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values(0, 10, 32, 127, 255)] int letter) =>
        Fails(HelloFaults.ServerNameMalformed, version, hello => hello.Set(ExtensionType.server_name, [0, 4, 0, 0, 1, (byte)letter]));

    [Test, Proves(nameof(HelloFaults.ExtensionMalformed))]
    public void A_list_of_authorities_names_one() =>
        Fails(HelloFaults.ExtensionMalformed, SslProtocols.Tls13, hello => hello.Set(ExtensionType.certificate_authorities, 0, 0));

    [Test, Proves(nameof(HelloFaults.Misplaced))]
    public void Filters_of_certificates_have_no_place_in_a_ClientHello() =>
        Fails(HelloFaults.Misplaced, SslProtocols.Tls13, hello => hello.Set(ExtensionType.oid_filters, 0, 0));

    [Test, Proves(nameof(HelloFaults.LegacyVersion))]
    public void A_version_before_SSL_is_none([ValueSource(nameof(Versions))] SslProtocols version, [Values(0, 1, 2)] int major) =>
        Fails(HelloFaults.LegacyVersion, version, hello => hello.Version = [(byte)major, 2]);

    [Test, Proves(nameof(HelloFaults.NoSecureRenegotiation))]
    public void A_client_without_renegotiation_info_is_refused() =>
        Fails(HelloFaults.NoSecureRenegotiation, SslProtocols.Tls12, WithoutRenegotiationInfo, TlsFault.Incompatible);

    [Test]
    public void A_client_without_renegotiation_info_is_admitted_by_a_policy_that_says_so()
    {
        using var trial = Trial.OfClient(SslProtocols.Tls12, ours: new TlsServerOptions
        {
            Credential = TestCertificates.Server, EnabledProtocols = SslProtocols.Tls12,
            Policy = TlsPolicy.Default with { RequireSecureRenegotiation = false },
        }).Changing(Messages.ClientHello, message => HelloEditor.Change(message, WithoutRenegotiationInfo));

        // The rogue believes to have sent it, and misses the answer; by then it is admitted.
        Assert.That(trial.Outcome()!.Fault, Is.EqualTo(TlsFault.PeerAlert));
    }

    [Test, Proves(nameof(HelloFaults.PskNotLast))]
    public void Pre_shared_keys_come_last()
    {
        using var trial = WithPsk().Changing(
            Messages.ClientHello, message => HelloEditor.Change(message, hello => hello.Set(UnknownExtension)));
        trial.Fails(HelloFaults.PskNotLast);
    }

    [Test, Proves(nameof(HelloFaults.PskWithoutModes))]
    public void Pre_shared_keys_come_with_their_modes()
    {
        using var trial = WithPsk().Changing(
            Messages.ClientHello, message => HelloEditor.Change(message, hello => hello.Remove(ExtensionType.psk_key_exchange_modes)));
        trial.Fails(HelloFaults.PskWithoutModes);
    }

    [Test, Proves(nameof(HelloFaults.WrongBinder))]
    public void A_pre_shared_key_is_bound_to_its_hello()
    {
        using var trial = WithPsk().Changing(Messages.ClientHello, Messages.Damaged);
        trial.Fails(HelloFaults.WrongBinder);
    }

    [Test, Proves(nameof(HelloFaults.NoExtendedMasterSecret))]
    public void A_client_without_extended_master_secret_is_refused() =>
        Fails(HelloFaults.NoExtendedMasterSecret, SslProtocols.Tls12, hello => hello.Remove(ExtensionType.extended_master_secret),
            TlsFault.Incompatible);

    [Test, Proves(nameof(HelloFaults.RenegotiationInfo))]
    public void A_clients_renegotiation_info_is_empty_in_a_first_handshake() =>
        Fails(HelloFaults.RenegotiationInfo, SslProtocols.Tls12, hello => hello.Set(ExtensionType.renegotiation_info, 1, 7),
            TlsFault.Incompatible);

    private static void WithoutRenegotiationInfo(HelloEditor hello)
    {
        hello.Remove(ExtensionType.renegotiation_info);
        hello.Suites = [.. hello.Suites.Chunk(2).Where(suite => suite is not [0, 0xFF]).SelectMany(suite => suite)];
    }

    private static void Fails(PeerFault fault, SslProtocols version, Action<HelloEditor> change, TlsFault whose = TlsFault.PeerMisbehaved)
    {
        using var trial = Trial.OfClient(version).Changing(Messages.ClientHello, message => HelloEditor.Change(message, change));
        trial.Fails(fault, whose);
    }

    /// <summary>A client that is asked for another key share.</summary>
    private static Trial Retried() => Trial.OfClient(SslProtocols.Tls13, new TlsClientOptions
    {
        TargetHost = TestCertificates.Host,
        Verification = TestCertificates.Verification,
        Policy = TlsPolicy.Modern with { KeyShares = [] },
    });

    private static Trial WithPsk(bool isRetried = false)
    {
        var psk = new TlsPsk("me"u8, new byte[32]);
        return Trial.OfClient(
            SslProtocols.Tls13,
            new TlsClientOptions { Psks = [psk], Policy = isRetried ? TlsPolicy.Modern with { KeyShares = [] } : TlsPolicy.Modern },
            new TlsServerOptions { Credential = null, FindPsk = _ => psk });
    }
}
