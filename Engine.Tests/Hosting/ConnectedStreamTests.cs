using System.IO.Compression;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using TlsFsm.Tests.Network;

namespace TlsFsm.Tests.Hosting;

/// <summary>
/// What .NET expects of two streams that are connected with each other, written anew for ours over a socket, a pipe and a stream: every way
/// to read and to write, arguments, order, both directions at once, what is buffered, copied, cancelled, ended and disposed of.
/// </summary>
[TestFixture(Below.Socket)]
[TestFixture(Below.Pipe)]
[TestFixture(Below.Stream)]
public sealed class ConnectedStreamTests(Below below)
{
    private static readonly byte[] Data = SocketPair.Pattern(100_000);

    private TlsStream _client = null!;
    private TlsStream _server = null!;

    [SetUp]
    public async Task Connect()
    {
        var (serverOptions, clientOptions) = (TlsPair.ServerOptions(SslProtocols.Tls13), TlsPair.ClientOptions(SslProtocols.Tls13));
        Task<TlsStream> serving, opening;
        if (below == Below.Socket)
        {
            var sockets = await SocketPair.Connected();
            serving = TlsServer.OpenStreamAsync(sockets.Ours, serverOptions);
            opening = TlsClient.OpenStreamAsync(sockets.Peer, clientOptions);
        }
        else
        {
            var pipes = new PipePair();
            serving = below == Below.Pipe
                ? TlsServer.OpenStreamAsync(pipes.Ours, serverOptions)
                : TlsServer.OpenStreamAsync(pipes.OurStream, serverOptions);
            opening = below == Below.Pipe
                ? TlsClient.OpenStreamAsync(pipes.Peer, clientOptions)
                : TlsClient.OpenStreamAsync(pipes.PeerStream, clientOptions);
        }

        _client = await opening.WaitAsync(Wait.Limit);
        _server = await serving.WaitAsync(Wait.Limit);
    }

    [TearDown]
    public async Task Disconnect()
    {
        var disposing = _client.DisposeAsync().AsTask();
        await _server.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
        await disposing.WaitAsync(Wait.Limit);
    }

    [Test]
    public async Task Every_way_to_write_and_every_way_to_read_carry_the_same_bytes()
    {
        Func<byte[], Task>[] writes =
        [
            data => _client.WriteAsync(data).AsTask(),
            data => _client.WriteAsync(data, 0, data.Length),
            data => Task.Factory.FromAsync(_client.BeginWrite, _client.EndWrite, data, 0, data.Length, null),
            data => Task.Run(() => _client.Write(data, 0, data.Length)),
            data => Task.Run(() => _client.Write(data.AsSpan())),
            data => Task.Run(() => Array.ForEach(data[..100], _client.WriteByte)),
        ];
        Func<byte[], Task<int>>[] reads =
        [
            buffer => _server.ReadAsync(buffer).AsTask(),
            buffer => _server.ReadAsync(buffer, 0, buffer.Length),
            buffer => Task.Factory.FromAsync(_server.BeginRead, _server.EndRead, buffer, 0, buffer.Length, null),
            buffer => Task.Run(() => _server.Read(buffer, 0, buffer.Length)),
            buffer => Task.Run(() => _server.Read(buffer.AsSpan())),
            buffer => Task.Run(() => (buffer[0] = (byte)_server.ReadByte()) >= 0 ? 1 : 0),
        ];

        foreach (var write in writes)
        {
            foreach (var read in reads)
            {
                var writing = write(Data[..100]);
                var received = new List<byte>();
                var buffer = new byte[64];
                while (received.Count < 100)
                    received.AddRange(buffer.Take(await read(buffer).WaitAsync(Wait.Limit)));
                await writing.WaitAsync(Wait.Limit);

                Assert.That(received, Is.EqualTo(Data[..100]));
            }
        }
    }

    [Test]
    public void Wrong_arguments_are_refused()
    {
        Assert.That(() => _client.Read(null!, 0, 1), Throws.ArgumentNullException);
        Assert.That(() => _client.Write(null!, 0, 1), Throws.ArgumentNullException);
        Assert.That(() => _client.Read(new byte[1], -1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _client.Write(new byte[1], 0, 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _client.ReadAsync(new byte[1], 1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _client.WriteAsync(new byte[1], 0, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _client.CopyTo(null!), Throws.ArgumentNullException);
    }

    [Test]
    public async Task Both_directions_go_at_once_and_keep_their_order()
    {
        var sides = new[] { (From: _client, To: _server), (From: _server, To: _client) };

        var received = await Task.WhenAll(sides.Select(async side =>
        {
            var writing = Task.Run(() => side.From.Write(Data, 0, Data.Length));
            var data = await side.To.ReadExactlyAsync(Data.Length);
            await writing.WaitAsync(Wait.Limit);
            return data;
        })).WaitAsync(Wait.Limit);

        Assert.That(received.All(data => data.AsSpan().SequenceEqual(Data)), Is.True);
    }

    [Test]
    public async Task Nothing_can_be_written_and_nothing_is_read_into_nothing_until_there_is_something()
    {
        var readable = _server.ReadAsync(Memory<byte>.Empty).AsTask();
        await _client.WriteAsync(Array.Empty<byte>());
        _client.Write([], 0, 0);
        await _client.FlushAsync();
        _client.Flush();
        Assert.That(readable.IsCompleted, Is.False);

        await _client.WriteAsync(Data.AsMemory(0, 1));

        Assert.That(await readable.WaitAsync(Wait.Limit), Is.Zero);
        Assert.That(_server.ReadByte(), Is.EqualTo(Data[0]));
    }

    [Test]
    public void What_is_cancelled_before_it_begins_does_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);

        Assert.That(async () => await _client.ReadAsync(new byte[1], cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await _client.WriteAsync(new byte[1], cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => _client.FlushAsync(cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => _client.CopyToAsync(Stream.Null, cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => _client.CloseWriteAsync(cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That((_client.CanRead, _client.CanWrite), Is.EqualTo((true, true)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task All_is_copied_until_the_end(bool blocking)
    {
        var writing = Task.Run(async () =>
        {
            await _client.WriteAsync(Data);
            await _client.CloseWriteAsync();
        });
        using var all = new MemoryStream();

        if (blocking)
            await Task.Run(() => _server.CopyTo(all)).WaitAsync(Wait.Limit);
        else
            await _server.CopyToAsync(all).WaitAsync(Wait.Limit);
        await writing.WaitAsync(Wait.Limit);

        Assert.That(all.ToArray().AsSpan().SequenceEqual(Data), Is.True);
        Assert.That((_server.ReadByte(), await _server.ReadAsync(new byte[1])), Is.EqualTo((-1, 0)));
    }

    [Test]
    public async Task Who_has_closed_its_direction_still_reads_and_cannot_write()
    {
        await _client.WriteAsync(Data.AsMemory(0, 10));
        await _client.CloseWriteAsync().WaitAsync(Wait.Limit);
        await _client.CloseWriteAsync().WaitAsync(Wait.Limit);
        Assert.That(async () => await _client.WriteAsync(new byte[1]), Throws.InvalidOperationException);

        Assert.That(await _server.ReadToEndAsync(), Is.EqualTo(Data[..10]));
        await _server.WriteAsync(Data);
        await _server.CloseWriteAsync().WaitAsync(Wait.Limit);

        Assert.That((await _client.ReadToEndAsync()).AsSpan().SequenceEqual(Data), Is.True);
    }

    [Test]
    public async Task A_disposed_stream_refuses_everything()
    {
        var pending = _client.ReadAsync(new byte[1]).AsTask();
        using (_client)
        {
        }

        _client.Dispose();
        Assert.That(async () => await pending.WaitAsync(Wait.Limit), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That((_client.CanRead, _client.CanWrite), Is.EqualTo((false, false)));
        Assert.That(() => _client.Read(new byte[1], 0, 1), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => _client.Write(new byte[1], 0, 1), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(async () => await _client.ReadAsync(new byte[1]), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(async () => await _client.WriteAsync(new byte[1]), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => _client.CloseWriteAsync(), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(await _server.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit), Is.Zero);
    }

    [Test]
    public async Task Code_that_knows_streams_only_by_their_blocking_members_works()
    {
        var writing = Task.Run(() =>
        {
            using (var text = new StreamWriter(_client, Encoding.UTF8, leaveOpen: true))
                text.WriteLine("a line");
            using (var binary = new BinaryWriter(_client, Encoding.UTF8, leaveOpen: true))
                binary.Write(4711);
            JsonSerializer.Serialize(_client, new { Name = "json" });
            _client.WriteByte((byte)'\n');
            using (var zipped = new GZipStream(_client, CompressionLevel.Fastest, leaveOpen: true))
                zipped.Write(Data, 0, Data.Length);
        });

        var read = await Task.Run(() =>
        {
            var line = ReadLine();
            using var binary = new BinaryReader(_server, Encoding.UTF8, leaveOpen: true);
            var number = binary.ReadInt32();
            var json = ReadLine();
            var unzipped = new byte[Data.Length];
            using (var zipped = new GZipStream(_server, CompressionMode.Decompress, leaveOpen: true))
                zipped.ReadExactly(unzipped);
            return (line, number, json, unzipped);
        }).WaitAsync(Wait.Limit);
        await writing.WaitAsync(Wait.Limit);

        Assert.That((read.line.TrimStart('\uFEFF'), read.number, read.json), Is.EqualTo(("a line", 4711, """{"Name":"json"}""")));
        Assert.That(read.unzipped.AsSpan().SequenceEqual(Data), Is.True);

        string ReadLine()
        {
            var bytes = new List<byte>();
            while (_server.ReadByte() is var next && next != '\n')
                bytes.Add((byte)next);
            return Encoding.UTF8.GetString([.. bytes]).TrimEnd('\r');
        }
    }

    [Test]
    public void What_was_negotiated_is_said_as_SslStream_says_it()
    {
        Assert.That(
            (_client.SslProtocol, _client.NegotiatedCipherSuite, _client.NegotiatedApplicationProtocol.ToString()),
            Is.EqualTo((SslProtocols.Tls13, _server.NegotiatedCipherSuite, "")));
        Assert.That(_client.RemoteCertificate!.Subject, Is.EqualTo(_server.LocalCertificate!.Subject));
        Assert.That(_client.LocalCertificate, Is.Null);
        Assert.That(_server.RemoteCertificate, Is.Null);
    }
}
