using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Half-close with Node, whose tls can keep one direction open: a question that ends, and an answer behind its end.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed partial class NodeTests
{
    private static string Script => Path.Combine(TestContext.CurrentContext.TestDirectory, "Network", "half_open_peer.js");

    [OneTimeSetUp]
    public void RequireTools() => ExternalTool.Require("node");

    [Test]
    public async Task Our_client_ends_its_direction_and_hears_the_answer()
    {
        var files = PemFiles.Of(TestCertificates.Server);
        await using var node = ExternalTool.Start("node", Script, "server", files.Chain, files.Key);
        var port = int.Parse((await node.WaitForAsync(Listening())).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        var asker = new Asker();

        var connection = await TlsClient.ConnectAsync("127.0.0.1", port, OurClient.Options(Cases.Tls13), asker).WaitAsync(Wait.Limit);
        var lost = await asker.Lost.WaitAsync(Wait.Limit);

        await node.WaitForAsync("heard the question");
        await node.WaitForAsync("closed in order");
        Assert.That(asker.Heard, Is.EqualTo("answer to the question"));
        Assert.That((lost, connection.CloseReason), Is.EqualTo(((Exception?)null, CloseReason.Clean)));
    }

    [Test]
    public async Task Our_server_answers_behind_the_end_of_a_question()
    {
        var answerers = new List<Answerer>();
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            new TlsServerOptions { Credential = TestCertificates.Server, EnabledProtocols = Cases.Tls13 },
            () =>
            {
                answerers.Add(new Answerer());
                return answerers[^1];
            });
        await using var node = ExternalTool.Start("node", Script, "client", $"{listener.LocalEndPoint.Port}", PemFiles.Root);

        await node.WaitForAsync("heard answer to the question");
        await node.WaitForAsync("closed in order");

        Assert.That(await answerers.Single().Lost.WaitAsync(Wait.Limit), Is.Null);
    }

    [GeneratedRegex(@"listening (\d+)")]
    private static partial Regex Listening();

    /// <summary>Asks, ends its direction, and listens.</summary>
    private sealed class Asker : IProtocol
    {
        private readonly StringBuilder _heard = new();
        private readonly TaskCompletionSource<Exception?> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Heard => _heard.ToString();

        public Task<Exception?> Lost => _lost.Task;

        public void ConnectionMade(ITransport transport)
        {
            transport.Write("the question"u8);
            ((TlsTransport)transport).WriteEof();
        }

        public void DataReceived(ReadOnlySpan<byte> data) => _heard.Append(Encoding.ASCII.GetString(data));

        public bool EofReceived() => false;

        public void ConnectionLost(Exception? exception) => _lost.SetResult(exception);

        public void PauseWriting() { }

        public void ResumeWriting() { }
    }

    /// <summary>Hears the question to its end, keeps its own direction open for the answer, and closes.</summary>
    private sealed class Answerer : IProtocol
    {
        private readonly StringBuilder _heard = new();
        private readonly TaskCompletionSource<Exception?> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private ITransport _transport = null!;

        public Task<Exception?> Lost => _lost.Task;

        public void ConnectionMade(ITransport transport) => _transport = transport;

        public void DataReceived(ReadOnlySpan<byte> data) => _heard.Append(Encoding.ASCII.GetString(data));

        public bool EofReceived()
        {
            ((TlsTransport)_transport).Connection.Loop.CallSoon(_ => Answer(), null);
            return true;
        }

        public void ConnectionLost(Exception? exception) => _lost.SetResult(exception);

        public void PauseWriting() { }

        public void ResumeWriting() { }

        private void Answer()
        {
            _transport.Write(Encoding.ASCII.GetBytes($"answer to {_heard}"));
            _transport.Close();
        }
    }
}
