using System.Globalization;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>
/// What our message observer is shown, against what <c>openssl -msg</c> prints of the same connection: each message with its name and
/// length, in order, in both directions.
/// </summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed partial class MessageInteropTests
{
    private static readonly SslProtocols[] Versions = [Cases.Tls12, Cases.Tls13];

    [OneTimeSetUp]
    public void RequireTools() => ExternalTool.Require("openssl");

    [Test]
    public async Task A_server_shows_what_OpenSSL_as_client_shows(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool hasCertificate)
    {
        var notes = new MessageNotes();
        await using var server = OurServer.Start(
            Server(notes, hasCertificate ? ClientCertificateMode.Require : ClientCertificateMode.None));
        var identity = hasCertificate ? PemFiles.Of(TestCertificates.Client).OpenSslArguments() : [];
        await using var client = OpenSslPeer.StartClient(server, [OpenSslPeer.Version(version), "-msg", .. identity]);

        await Echo(client, "= over and out");
        client.CloseInput();
        await client.WaitForExitAsync();
        await server.NextCleanEndAsync();

        AssertSame(notes, client, isGone: true);
        Assert.That(
            notes.Lines.Count(line => line.StartsWith("< CertificateVerify", StringComparison.Ordinal)),
            Is.EqualTo(hasCertificate ? 1 : 0));
        Assert.That(notes.All[^1].Name, Is.EqualTo("alert 1 CloseNotify"));
    }

    [Test]
    public async Task A_client_shows_what_OpenSSL_as_server_shows(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool hasCertificate)
    {
        var notes = new MessageNotes();
        string[] demand = hasCertificate ? ["-Verify", "3", "-verify_return_error", "-CAfile", PemFiles.Root] : [];
        var (server, port) = await OpenSslPeer.StartServerAsync(
            TestCertificates.Server, [OpenSslPeer.Version(version), "-msg", "-rev", .. demand]);
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port, Client(notes, version, hasCertificate ? TestCertificates.Client : null));

        await stream.WriteAsync("tuo dna revo\n");
        await stream.ReadUntilAsync("over and out\n");
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);
        await server.WaitForExitAsync();

        AssertSame(notes, server);
        Assert.That(
            notes.Lines.Count(line => line.StartsWith("> CertificateVerify", StringComparison.Ordinal)),
            Is.EqualTo(hasCertificate ? 1 : 0));
    }

    [Test]
    public async Task A_retry_of_the_hello_is_shown_in_both_roles()
    {
        var (ofServer, ofClient) = (new MessageNotes(), new MessageNotes());
        await using var ours = OurServer.Start(Server(ofServer));
        await using var client = OpenSslPeer.StartClient(ours, "-tls1_3", "-groups", "P-521:P-384", "-msg");
        await Echo(client, "= over and out");
        client.CloseInput();
        await client.WaitForExitAsync();
        await ours.NextCleanEndAsync();

        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, "-tls1_3", "-groups", "P-384", "-msg", "-rev");
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port, Client(ofClient, Cases.Tls13));
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);
        await server.WaitForExitAsync();

        AssertSame(ofServer, client, isGone: true);
        AssertSame(ofClient, server);
        Assert.That(ofServer.Lines.Take(2), Is.EqualTo(new[] { "< ClientHello", "> HelloRetryRequest" }));
        Assert.That(ofClient.Lines.Take(2), Is.EqualTo(new[] { "> ClientHello", "< HelloRetryRequest" }));
    }

    [Test]
    public async Task A_resumed_connection_is_shown_in_both_roles([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var notes = new MessageNotes();
        var session = Path.Combine(OtherTls.NewFolder(), "session.pem");
        await using var server = OurServer.Start(Server(notes));
        foreach (var isResumed in (bool[])[false, true])
        {
            var before = notes.All.Length;
            await using var client = OpenSslPeer.StartClient(
                server, [OpenSslPeer.Version(version), "-msg", "-sess_out", session, .. isResumed ? (string[])["-sess_in", session] : []]);
            await Echo(client, "= over and out");
            client.CloseInput();
            await client.WaitForExitAsync();
            var settled = await server.NextCleanEndAsync();

            Assert.That(settled.IsResumed, Is.EqualTo(isResumed));
            AssertSame(notes, client, isGone: true, before);
        }
    }

    [Test]
    public async Task Key_updates_are_shown_as_they_come_and_go()
    {
        var notes = new MessageNotes();
        await using var server = OurServer.Start(Server(notes));
        await using var client = OpenSslPeer.StartClient(server, "-tls1_3", "-msg");
        await Echo(client, "= before");

        await client.WriteAsync("K\n");
        await client.WaitForAsync(OpenSslPeer.KeyUpdateSent);
        await Echo(client, "= after");
        client.CloseInput();
        await client.WaitForExitAsync();
        await server.NextCleanEndAsync();

        AssertSame(notes, client, isGone: true);
        Assert.That(
            notes.Lines[^4..],
            Is.EqualTo(new[] { "< KeyUpdate *", "> KeyUpdate *", "< alert 1 CloseNotify *", "> alert 1 CloseNotify *" }));
    }

    [Test]
    public async Task The_alert_of_a_refused_certificate_is_shown_whoever_sends_it([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var (ofClient, ofServer) = (new MessageNotes(), new MessageNotes());
        var (openSsl, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Untrusted, OpenSslPeer.Version(version), "-msg");
        await using var disposing = openSsl;
        await OurClient.FailAsync(port, Client(ofClient, version));
        await openSsl.WaitForAsync(OpenSslPeer.Alert(TlsAlert.UnknownCa));

        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Untrusted, MessageObserver = ofServer.Add });
        await using var client = OpenSslPeer.StartClient(server, OpenSslPeer.Version(version), "-msg");
        await server.NextFailureAsync();
        await client.WaitForExitAsync();

        Assert.That(ofClient.All[^1], Has.Property("IsSent").True.And.Property("Name").EqualTo("alert 2 UnknownCa"));
        Assert.That(ofServer.All[^1], Has.Property("IsSent").False.And.Property("Name").EqualTo("alert 2 UnknownCa"));
        Assert.That(Ours(ofClient, isSent: true), Is.EqualTo(Theirs(openSsl, "<<<")));
        Assert.That(Ours(ofServer, isSent: false), Is.EqualTo(Theirs(client, ">>>")));
    }

    [Test]
    public async Task Signers_elsewhere_change_nothing_of_it([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var notes = new MessageNotes();
        var bare = X509CertificateLoader.LoadCertificate(TestCertificates.Server.Certificate.RawData);
        using var key = TestCertificates.Server.Certificate.GetECDsaPrivateKey()!;
        var signer = TlsAsync.Signer(async (_, hash, _) =>
        {
            await Task.Yield();
            return key.SignHash(hash.ToArray(), DSASignatureFormat.Rfc3279DerSequence);
        });
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = new TlsCredential(bare, signer, TestCertificates.Server.Intermediates), MessageObserver =
                notes.Add });
        await using var client = OpenSslPeer.StartClient(server, OpenSslPeer.Version(version), "-msg");

        await Echo(client, "= over and out");
        client.CloseInput();
        await client.WaitForExitAsync();
        await server.NextCleanEndAsync();

        AssertSame(notes, client, isGone: true);
    }

    private static TlsServerOptions Server(MessageNotes notes, ClientCertificateMode mode = ClientCertificateMode.None) => new()
    {
        Credential = TestCertificates.Server, ClientCertificates = mode, ClientVerification = TestCertificates.Verification,
        MessageObserver = notes.Add,
    };

    private static TlsClientOptions Client(MessageNotes notes, SslProtocols version, TlsCredential? credential = null) => new()
    {
        TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
        Credential = credential,
        MessageObserver = notes.Add,
    };

    private static async Task Echo(ExternalTool client, string line)
    {
        await client.WriteAsync($"{line}\n");
        await client.WaitForAsync($"{line}\n");
    }

    /// <summary>Each direction is the same; how the two are mixed depends on who looks.</summary>
    /// <param name="notes">Ours.</param>
    /// <param name="tool">Theirs.</param>
    /// <param name="isGone">It has gone after its close_notify, without a look at ours.</param>
    /// <param name="from">Where this connection begins in our notes.</param>
    private static void AssertSame(MessageNotes notes, ExternalTool tool, bool isGone = false, int from = 0)
    {
        string[] unread = isGone ? ["alert 1 0"] : [];
        Assert.That(Ours(notes, isSent: true, from), Is.EqualTo(Theirs(tool, "<<<").Concat(unread)), tool.Transcript());
        Assert.That(Ours(notes, isSent: false, from), Is.EqualTo(Theirs(tool, ">>>")), tool.Transcript());
    }

    private static string[] Ours(MessageNotes notes, bool isSent, int from = 0) =>
        [.. notes.All.Skip(from).Where(note => note.IsSent == isSent).Select(note => note.Type switch
        {
            TlsContentType.Handshake => $"{(note.Name == "HelloRetryRequest" ? "ServerHello" : note.Name)} {note.Bytes.Length}",
            TlsContentType.Alert => $"alert {note.Bytes[0]} {note.Bytes[1]}",
            _ => $"{note.Type} {note.Bytes.Length}",
        })];

    /// <summary>
    /// From the lines of -msg. A change_cipher_spec that openssl ignores, as on TLS 1.3, is no message to it: it shows the record's header
    /// alone, so there all of them are taken from their headers.
    /// </summary>
    private static string[] Theirs(ExternalTool tool, string direction) =>
        [.. MessageLine().Matches(tool.Output).Where(match => match.Groups[1].Value == direction).Select(
            match => match.Groups[2].Value switch
        {
            "RecordHeader" => "ChangeCipherSpec 1",
            "Alert" => $"alert {string.Join(' ', match.Groups[5].Value.Split(' ').Select(Hex))}",
            _ => $"{match.Groups[4].Value} {Hex(match.Groups[3].Value)}",
        })];

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"(>>>|<<<) TLS 1\.\d, (?:(Handshake) \[length ([0-9a-f]{4})\], (\w+)|(?<2>Alert) \[length 0002\].*\r?\n +(?<5>[0-9a-f]{2} [0-9a-f]{2})|(?<2>RecordHeader) \[length 0005\]\r?\n +14 03 03 00 01)")]
    private static partial Regex MessageLine();
}
