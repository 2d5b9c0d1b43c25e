using System.Net.Security;
using System.Security.Authentication;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Hosting.Streams;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>A peer that reads slowly and steadily gets all of it, with the defaults, whatever it runs over; virtual time.</summary>
[TestFixture]
public sealed class SlowReaderTests
{
    private const int Size = 560_000;

    [Test]
    public async Task The_tail_of_an_answer_arrives_whole_behind_a_dispose(
        [Values("socket", "pipe", "stream")] string below, [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        // Given a server whose answer is written and disposed of, over little room, and a client that looks at one record at a time.
        var clock = new FakeTimeProvider();
        var loop = new SerialEventLoop(clock);
        using var sockets = await SocketPair.Connected(peerReceiveBuffer: 4096);
        sockets.Ours.SendBufferSize = 4096;
        var pipes = new PipePair(threshold: 4096);
        var protocol = new StreamProtocol();
        var options = TlsPair.ServerOptions(version);
        var connection = new TlsConnection(loop, protocol, BouncyCastleCore.CreateServer(options), options);
        _ = below switch
        {
            "socket" => SocketTransport.Start(sockets.Ours, connection, loop),
            "pipe" => PipeTransport.Start(pipes.Ours, connection, loop),
            _ => (ITransport)PipeTransport.Start(pipes.OurStream, connection, loop),
        };
        using var client = new SslStream(
            below == "socket" ? new System.Net.Sockets.NetworkStream(sockets.Peer) : pipes.PeerStream,
            leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        await client.AuthenticateAsClientAsync(TestCertificates.Host).WaitAsync(Wait.Limit);
        await connection.Handshake.WaitAsync(Wait.Limit);
        var stream = new TlsStream(connection, protocol);
        var data = SocketPair.Pattern(Size);
        var answering = Task.Run(async () =>
        {
            await stream.WriteAsync(data);
            await stream.DisposeAsync();
        });

        // When it reads 10,000 bytes a second.
        var read = new byte[Size];
        for (var done = 0; done < Size;)
        {
            var count = await client.ReadAsync(read.AsMemory(done, Math.Min(10_000, Size - done))).AsTask().WaitAsync(Wait.Limit);
            Assert.That(count, Is.Positive, $"cut after {done} bytes");
            done += count;
            clock.Advance(TimeSpan.FromSeconds(count / 10_000d));
            await loop.Drained();
        }

        // Then all of it came, and the end in order.
        Assert.That(read, Is.EqualTo(data));
        Assert.That(await client.ReadAsync(read).AsTask().WaitAsync(Wait.Limit), Is.Zero);
        await client.ShutdownAsync();
        client.Dispose();
        await answering.WaitAsync(Wait.Limit);
        Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    public async Task A_reader_that_stops_is_cut_in_time([Values("socket", "pipe", "stream")] string below)
    {
        var clock = new FakeTimeProvider();
        var loop = new SerialEventLoop(clock);
        using var sockets = await SocketPair.Connected(peerReceiveBuffer: 4096);
        sockets.Ours.SendBufferSize = 4096;
        var pipes = new PipePair(threshold: 4096);
        var protocol = new StreamProtocol();
        var options = TlsPair.ServerOptions(SslProtocols.Tls13);
        var connection = new TlsConnection(loop, protocol, BouncyCastleCore.CreateServer(options), options);
        _ = below switch
        {
            "socket" => SocketTransport.Start(sockets.Ours, connection, loop),
            "pipe" => PipeTransport.Start(pipes.Ours, connection, loop),
            _ => (ITransport)PipeTransport.Start(pipes.OurStream, connection, loop),
        };
        using var client = new SslStream(
            below == "socket" ? new System.Net.Sockets.NetworkStream(sockets.Peer) : pipes.PeerStream,
            leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        await client.AuthenticateAsClientAsync(TestCertificates.Host).WaitAsync(Wait.Limit);
        await connection.Handshake.WaitAsync(Wait.Limit);
        var stream = new TlsStream(connection, protocol);
        await stream.WriteAsync(new byte[400_000]);
        var disposing = stream.DisposeAsync().AsTask();
        await loop.Drained();

        // The engine's own time, and what the transport gives its last words.
        for (var seconds = 0; seconds < 64 && !disposing.IsCompleted; seconds++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await loop.Drained();
        }

        await disposing.WaitAsync(Wait.Limit);
        Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.ShutdownTimeout));
    }
}
