using System.Net;
using System.Net.Sockets;
using System.Text;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Docs;

/// <summary>What <c>docs/starttls.md</c> and <c>docs/flow-control.md</c> show, compiled and run.</summary>
[CancelAfter(120_000)]
internal sealed class StartTlsSnippets
{
    [Test]
    public async Task A_protocol_begins_in_the_clear_and_goes_on_under_TLS(CancellationToken cancellationToken)
    {
        using var listening = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        var accepting = listening.AcceptAsync(cancellationToken);
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listening.LocalEndPoint!, cancellationToken);
        var accepted = await accepting;
        var options = new TlsServerOptions { Credential = TestCertificates.Server, CallConnectionMade = false };

        // begin starttls-start
        var loop = new SerialEventLoop();
        var session = new LineServer(loop, options);
        SocketTransport.Start(accepted, session, loop);
        // end starttls-start

        var plain = client.GetStream();
        await plain.WriteAsync("STARTTLS\r\n"u8.ToArray(), cancellationToken);
        await plain.ReadExactlyAsync(new byte["220 go ahead\r\n".Length], cancellationToken);
        await using var stream = await TlsClient.OpenStreamAsync(
            plain, new TlsClientOptions { TargetHost = "localhost", Verification = TestCertificates.Verification },
            cancellationToken: cancellationToken);
        await stream.WriteAsync("HELO\r\n"u8.ToArray(), cancellationToken);
        var answer = new byte["250 under TLS: True\r\n".Length];
        await stream.ReadExactlyAsync(answer, cancellationToken);

        Assert.That(Encoding.ASCII.GetString(answer), Is.EqualTo("250 under TLS: True\r\n"));
    }

    [Test]
    public async Task A_producer_that_is_paused(CancellationToken cancellationToken)
    {
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), new TlsServerOptions { Credential = TestCertificates.Server }, () => new Producer());
        await using var stream = await TlsClient.OpenStreamAsync(
            "localhost", listener.LocalEndPoint.Port,
            new TlsClientOptions { TargetHost = "localhost", Verification = TestCertificates.Verification },
            cancellationToken: cancellationToken);

        var total = 0L;
        var buffer = new byte[64 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            total += count;

        Assert.That(total, Is.EqualTo(Producer.Pieces * Producer.PieceSize));
    }
}

// begin starttls-protocol
internal sealed class LineServer(IEventLoop loop, TlsServerOptions options) : IProtocol
{
    private readonly List<byte> _line = [];
    private ITransport? _transport;
    private bool _isSecure;

    public void ConnectionMade(ITransport transport) => _transport = transport;

    public void DataReceived(ReadOnlySpan<byte> data)
    {
        for (var i = 0; i < data.Length; i++)
        {
            if (data[i] != '\n')
            {
                _line.Add(data[i]);
                continue;
            }

            var line = Encoding.ASCII.GetString([.. _line]).TrimEnd('\r');
            _line.Clear();
            if (line == "STARTTLS" && !_isSecure)
            {
                _transport!.Write("220 go ahead\r\n"u8);
                _isSecure = true;

                // Everything behind the command came in the clear: handed over, it is refused, and the connection with it.
                _transport = TlsEngine.Upgrade((ISwitchableTransport)_transport, loop, this, options, data[(i + 1)..].ToArray()).Transport;
                return;
            }

            _transport!.Write(Encoding.ASCII.GetBytes($"250 under TLS: {_isSecure}\r\n"));
        }
    }

    public bool EofReceived() => false;
    public void ConnectionLost(Exception? exception) { }
    public void PauseWriting() { }
    public void ResumeWriting() { }
}
// end starttls-protocol

// begin flow-producer
internal sealed class Producer : IProtocol
{
    public const int Pieces = 1000;
    public const int PieceSize = 4096;
    private readonly byte[] _piece = new byte[PieceSize];
    private ITransport? _transport;
    private int _written;
    private bool _isPaused;

    public void ConnectionMade(ITransport transport)
    {
        _transport = transport;
        ((TlsTransport)transport).SetWriteBufferLimits(high: 64 * 1024);
        Produce();
    }

    public void PauseWriting() => _isPaused = true;      // more than 64 KiB wait to be sent

    public void ResumeWriting()                          // a quarter of it is left
    {
        _isPaused = false;
        Produce();
    }

    public void DataReceived(ReadOnlySpan<byte> data) { }
    public bool EofReceived() => false;
    public void ConnectionLost(Exception? exception) => _written = Pieces;

    private void Produce()
    {
        while (!_isPaused && _written < Pieces)
        {
            _written++;
            _transport!.Write(_piece);
        }

        if (_written == Pieces)
            _transport!.Close();                         // all that was written goes out before close_notify
    }
}
// end flow-producer
