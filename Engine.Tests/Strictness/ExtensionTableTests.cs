using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Strictness;

/// <summary>
/// Every extension that we know or BouncyCastle does, in every message that may have it: empty, cut at every byte, with more behind, twice,
/// and in a message that it has no place in. Made from the table.
/// </summary>
public sealed class ExtensionTableTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    private static IEnumerable<TestCaseData> InHellos =>
        from sample in ExtensionSample.All
        where sample.Place == ExtensionPlace.ClientHello
        from version in Versions
        select new TestCaseData(sample, version).SetArgDisplayNames(sample.Name, version.ToString());

    /// <summary>What a client of ours asks for; what it does not is unsupported_extension, whatever its form.</summary>
    private static IEnumerable<TestCaseData> InAnswers =>
        from sample in ExtensionSample.All
        where sample.Place != ExtensionPlace.ClientHello && IsAskedFor(sample)
        select new TestCaseData(sample).SetArgDisplayNames(sample.Name, sample.Place.ToString());

    [Test]
    public void Each_cell_of_the_table_has_its_sample() => Assert.That(
        ExtensionSample.All.Select(one => (one.Type, one.Place)),
        Is.EquivalentTo(ExtensionTable.Rows.SelectMany(row => row.Cells.Select(cell => (row.Type, cell.Place)))));

    [Test]
    public void A_sample_is_good_and_what_is_made_of_it_is_malformed()
    {
        foreach (var sample in ExtensionSample.All)
        {
            Assert.That(() => ExtensionTable.Check(sample.Place, sample.Type, sample.Content), Throws.Nothing, $"{sample}");
            foreach (var (how, content) in sample.Malformed())
            {
                var fault = Assert.Throws<TlsException>(
                    () => ExtensionTable.Check(sample.Place, sample.Type, content), $"{sample}, {how}: {Convert.ToHexString(content)}");
                Assert.That(fault!.Alert, Is.EqualTo(TlsAlert.DecodeError), $"{sample}, {how}");
            }
        }
    }

    [TestCaseSource(nameof(InHellos)), Proves(nameof(HelloFaults.ExtensionMalformed))]
    public void A_ClientHello_with_a_malformed_one_is_refused_whether_it_is_used_or_not(object sample, SslProtocols version)
    {
        var one = (ExtensionSample)sample;
        foreach (var (_, content) in one.Malformed())
            FailsAsClient(version, HelloFaults.ExtensionMalformed, hello => hello.Set(one.Type, content));
    }

    [TestCaseSource(nameof(InHellos)), Proves(nameof(HelloFaults.DuplicateExtension))]
    public void A_ClientHello_has_none_twice(object sample, SslProtocols version)
    {
        var one = (ExtensionSample)sample;
        FailsAsClient(version, HelloFaults.DuplicateExtension, hello =>
        {
            hello.Set(one.Type, one.Content);
            hello.Extensions.Insert(0, (one.Type, one.Content));
        });
    }

    [TestCase(0, 0, 8, 0, 0, 1, 97, 0, 0, 1, 98)]
    [TestCase(1, 5)]
    [TestCase(1, 0)]
    [TestCase(15, 3)]
    [TestCase(21, 0, 1)]
    [TestCase(28, 0, 63)]
    [Proves(nameof(HelloFaults.ExtensionValue))]
    public void A_ClientHello_says_nothing_that_it_must_not(int type, params int[] content)
    {
        foreach (var version in Versions)
            FailsAsClient(version, HelloFaults.ExtensionValue, hello => hello.Set(type, [.. content.Select(one => (byte)one)]));
    }

    [TestCaseSource(nameof(InAnswers)), Proves(nameof(HelloFaults.ExtensionMalformed))]
    public void An_answer_with_a_malformed_one_is_refused(object sample)
    {
        var one = (ExtensionSample)sample;
        foreach (var (how, content) in one.Malformed())
        {
            using var trial = Answering(one.Place, (one.Type, content));
            var fault = trial.Outcome();

            Assert.That(
                (fault?.Fault, fault?.Alert), Is.EqualTo((TlsFault.PeerMisbehaved, TlsAlert.DecodeError)), $"{one}, {how}: {fault}");
        }
    }

    /// <summary>What was asked for, in the message of another.</summary>
    private static IEnumerable<TestCaseData> OutOfPlace =>
        from place in (ExtensionPlace[])[ExtensionPlace.ServerHello12, ExtensionPlace.ServerHello13, ExtensionPlace.HelloRetryRequest,
            ExtensionPlace.EncryptedExtensions, ExtensionPlace.CertificateRequest, ExtensionPlace.NewSessionTicket]
        from row in ExtensionTable.Rows
        where row.FormIn(place) is null && AskedIn(place).Contains(row.Type)
        select new TestCaseData(place, row.Type).SetArgDisplayNames(row.Name, place.ToString());

    [TestCaseSource(nameof(OutOfPlace)), Proves(nameof(HelloFaults.Misplaced))]
    public void An_extension_in_the_place_of_another_is_refused(object place, int type)
    {
        var content = ExtensionSample.All.First(one => one.Type == type).Content;

        using var trial = Answering((ExtensionPlace)place, (type, content));

        trial.Fails(HelloFaults.Misplaced);
    }

    /// <summary>What the client of these tests asks for on the version of a message.</summary>
    private static HashSet<int> AskedIn(ExtensionPlace place) => place == ExtensionPlace.ServerHello12
        ? [0, 1, 5, 10, 11, 13, 16, 19, 20, 23, 35, 0xFF01] : [0, 1, 5, 10, 13, 16, 19, 20, 43, 45, 51];

    private static bool IsAskedFor(ExtensionSample sample) => sample.Place switch
    {
        ExtensionPlace.CertificateRequest or ExtensionPlace.NewSessionTicket => true,
        ExtensionPlace.HelloRetryRequest => true,
        _ => AskedIn(sample.Place).Contains(sample.Type),
    };

    private static void FailsAsClient(SslProtocols version, PeerFault fault, Action<HelloEditor> change)
    {
        using var trial = Trial.OfClient(version).Changing(Messages.ClientHello, message => HelloEditor.Change(message, change));
        trial.Fails(fault);
    }

    /// <summary>A server whose message has an extension more, or another.</summary>
    private static Trial Answering(ExtensionPlace place, (int Type, byte[] Content) extension)
    {
        var version = place == ExtensionPlace.ServerHello12 ? SslProtocols.Tls12 : SslProtocols.Tls13;
        var isRetry = place == ExtensionPlace.HelloRetryRequest;
        var trial = Trial.OfServer(
            version,
            new TlsServerOptions
            {
                Credential = TestCertificates.Server, EnabledProtocols = version,
                Policy = isRetry ? TlsPolicy.Modern with { Groups = [TlsNamedGroup.Secp384r1] } : TlsPolicy.Default,
                ClientCertificates = ClientCertificateMode.Request, ClientVerification = TestCertificates.Verification,
            },
            Client(version));
        return place switch
        {
            ExtensionPlace.ServerHello12 or ExtensionPlace.ServerHello13 or ExtensionPlace.HelloRetryRequest => trial.Changing(
                Messages.ServerHello, message => HelloEditor.Change(message, hello => hello.Set(extension.Type, extension.Content))),
            ExtensionPlace.EncryptedExtensions => trial.Changing(
                Messages.EncryptedExtensions, message => WithExtension(message, 4, extension)),
            ExtensionPlace.CertificateRequest => trial.Changing(
                Messages.CertificateRequest, message => WithExtension(message, 5, extension)),
            ExtensionPlace.Certificate => trial.Changing(Messages.Certificate, message => WithEntry(message, extension)),
            _ => WithTicket(trial.Connected(), extension),
        };
    }

    private static TlsClientOptions Client(SslProtocols version) => new()
    {
        TargetHost = TestCertificates.Host, EnabledProtocols = version, MaxFragmentLength = 4096,
        Verification = TestCertificates.Verification with { RawPublicKeys = [CertificateVerification.PinOf(TestCertificates.Root)] },
        OfferedCertificateTypes = [TlsCertificateType.RawPublicKey, TlsCertificateType.X509],
        ApplicationProtocols = [System.Net.Security.SslApplicationProtocol.Http2], SessionCache = new MemorySessionCache(),
    };

    /// <summary>A message whose body ends with its extensions, which begin with their length at a place.</summary>
    private static byte[] WithExtension(byte[] message, int at, (int Type, byte[] Content) extension)
    {
        var others = HelloEditor.ExtensionsOf(message[(at + 2)..]).Where(one => one.Type != extension.Type);
        return Messages.Make(message[0], [.. message[4..at], .. Messages.Vector16(Messages.Extensions([.. others, extension]))]);
    }

    /// <summary>A Certificate of TLS 1.3 whose first entry has the extension.</summary>
    private static byte[] WithEntry(byte[] message, (int Type, byte[] Content) extension)
    {
        // The context's length, the list's of three bytes, the certificate's of three.
        var end = 4 + 1 + 3 + 3 + ((message[8] << 16) | (message[9] << 8) | message[10]);
        var block = Messages.Vector16(Messages.Extension(extension.Type, extension.Content));
        byte[] list = [.. message[8..end], .. block, .. message[(end + 2)..]];
        return Messages.Make(message[0], [0, (byte)(list.Length >> 16), (byte)(list.Length >> 8), (byte)list.Length, .. list]);
    }

    private static Trial WithTicket(Trial trial, (int Type, byte[] Content) extension)
    {
        byte[] ticket = [0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 1, 7, .. Messages.Vector16(Messages.Extension(extension.Type, extension.Content))];
        trial.Rogue.Send(ContentType.handshake, Messages.Make(Messages.NewSessionTicket, ticket));
        return trial;
    }
}
