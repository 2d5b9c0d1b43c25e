using System.Net;
using System.Net.Sockets;
using System.Reflection;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

#pragma warning disable CA1835, CA2022 // All overloads are to be tried.

/// <summary>
/// Every public member of the hosts, called from a second thread on an established connection with data: either it is refused and has done
/// nothing, or it may be called from there. A member without a line here fails.
/// </summary>
[TestFixture]
public sealed class ThreadTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Type[] Hosts =
    [
        typeof(SocketTransport), typeof(PipeTransport), typeof(TlsStream), typeof(TlsListener), typeof(TlsClient), typeof(TlsServer),
        typeof(SerialEventLoop),
    ];

    /// <summary>What belongs to the loop of a transport; the same for both.</summary>
    private static readonly Dictionary<string, Action<IDrainingTransport>> Refused = new()
    {
        ["Write(ReadOnlySpan`1)"] = transport => transport.Write("!"u8),
        ["PauseReading()"] = transport => transport.PauseReading(),
        ["ResumeReading()"] = transport => transport.ResumeReading(),
        ["Close()"] = transport => transport.Close(),
        ["Abort(Exception)"] = transport => transport.Abort(new IOException("refused")),
        ["set_Protocol(IProtocol)"] = transport => ((ISwitchableTransport)transport).Protocol = new RecordingProtocol(),
        ["set_Progressed(Action)"] = transport => transport.Progressed = () => { },
    };

    /// <summary>What only looks.</summary>
    private static readonly Dictionary<string, Func<IDrainingTransport, object?>> Looks = new()
    {
        ["get_IsClosing()"] = transport => ((dynamic)transport).IsClosing,
        ["get_Protocol()"] = transport => ((ISwitchableTransport)transport).Protocol,
        ["get_IsReading()"] = transport => ((ISwitchableTransport)transport).IsReading,
        ["get_IsWritingPaused()"] = transport => ((ISwitchableTransport)transport).IsWritingPaused,
        ["get_UnsentBytes()"] = transport => transport.UnsentBytes,
        ["get_Progressed()"] = transport => transport.Progressed,
        ["GetExtraInfo(String, Object)"] = transport => transport.GetExtraInfo(ExtraInfo.PeerName),
    };

    /// <summary>What may be called from any thread, with a call of each that ends nothing.</summary>
    private static readonly Dictionary<string, Func<TlsStream, TlsListener, Task>> Free = new()
    {
        ["TlsStream.get_Connection()"] = Do((stream, _) => stream.Connection),
        ["TlsStream.get_CanRead()"] = Do((stream, _) => stream.CanRead),
        ["TlsStream.get_CanWrite()"] = Do((stream, _) => stream.CanWrite),
        ["TlsStream.get_CanSeek()"] = Do((stream, _) => stream.CanSeek),
        ["TlsStream.get_CanTimeout()"] = Do((stream, _) => stream.CanTimeout),
        ["TlsStream.Flush()"] = Do((stream, _) => stream.Flush()),
        ["TlsStream.FlushAsync(CancellationToken)"] = (stream, _) => stream.FlushAsync(CancellationToken.None),
        ["TlsStream.ReadAsync(Memory`1, CancellationToken)"] = async (stream, _) => await Echo(stream, overArrays: false),
        ["TlsStream.WriteAsync(ReadOnlyMemory`1, CancellationToken)"] = async (stream, _) => await Echo(stream, overArrays: false),
        ["TlsStream.ReadAsync(Byte[], Int32, Int32, CancellationToken)"] = async (stream, _) => await Echo(stream, overArrays: true),
        ["TlsStream.WriteAsync(Byte[], Int32, Int32, CancellationToken)"] = async (stream, _) => await Echo(stream, overArrays: true),
        ["TlsStream.BeginRead(Byte[], Int32, Int32, AsyncCallback, Object)"] = (stream, _) => EchoByCallbacks(stream),
        ["TlsStream.EndRead(IAsyncResult)"] = (stream, _) => EchoByCallbacks(stream),
        ["TlsStream.BeginWrite(Byte[], Int32, Int32, AsyncCallback, Object)"] = (stream, _) => EchoByCallbacks(stream),
        ["TlsStream.EndWrite(IAsyncResult)"] = (stream, _) => EchoByCallbacks(stream),
        ["TlsStream.CreateProtocol(Func`2)"] = Do((_, _) => TlsStream.CreateProtocol(_ => Task.CompletedTask)),
        ["TlsStream.Read(Byte[], Int32, Int32)"] = (stream, _) => EchoByBlocking(stream),
        ["TlsStream.Write(Byte[], Int32, Int32)"] = (stream, _) => EchoByBlocking(stream),
        ["TlsStream.get_NegotiatedApplicationProtocol()"] = Do((stream, _) => stream.NegotiatedApplicationProtocol),
        ["TlsStream.get_SslProtocol()"] = Do((stream, _) => stream.SslProtocol),
        ["TlsStream.get_NegotiatedCipherSuite()"] = Do((stream, _) => stream.NegotiatedCipherSuite),
        ["TlsStream.get_RemoteCertificate()"] = Do((stream, _) => stream.RemoteCertificate),
        ["TlsStream.get_LocalCertificate()"] = Do((stream, _) => stream.LocalCertificate),
        ["TlsStream.get_TransportContext()"] = Do((stream, _) => stream.TransportContext),
        ["TlsStream.get_Length()"] = Unsupported(stream => _ = stream.Length),
        ["TlsStream.get_Position()"] = Unsupported(stream => _ = stream.Position),
        ["TlsStream.set_Position(Int64)"] = Unsupported(stream => stream.Position = 0),
        ["TlsStream.Seek(Int64, SeekOrigin)"] = Unsupported(stream => stream.Seek(0, SeekOrigin.Begin)),
        ["TlsStream.SetLength(Int64)"] = Unsupported(stream => stream.SetLength(0)),
        ["TlsListener.Start(IPEndPoint, TlsServerOptions, Func`1, TlsListenerOptions)"] = async (_, _) =>
        {
            await using var another = TlsListener.Start(
                new IPEndPoint(IPAddress.Loopback, 0), TestCertificatesOptions, () => new RecordingProtocol());
        },
        ["TlsListener.UseOptions(TlsServerOptions)"] = Do((_, listener) => listener.UseOptions(TestCertificatesOptions)),
        ["TlsListener.get_LocalEndPoint()"] = Do((_, listener) => listener.LocalEndPoint),
        ["TlsListener.get_ConnectionCount()"] = Do((_, listener) => listener.ConnectionCount),
        ["SerialEventLoop..ctor(TimeProvider, ILoggerFactory, Action`2)"] = Do((_, _) => new SerialEventLoop()),
        ["SerialEventLoop.get_TimeProvider()"] = Do((stream, _) => LoopOf(stream).TimeProvider),
        ["SerialEventLoop.get_IsOnLoop()"] = Do((stream, _) => Assert.That(LoopOf(stream).IsOnLoop, Is.False)),
        ["SerialEventLoop.CallSoon(Action`1, Object)"] = (stream, _) => LoopOf(stream).Run(() => { }),
        ["SerialEventLoop.CallLater(TimeSpan, Action`1, Object)"] = Do(
            (stream, _) => LoopOf(stream).CallLater(TimeSpan.FromHours(1), _ => { }, null).Dispose()),
        ["SerialEventLoop.ReportUnhandled(Exception, String)"] =
            Do((stream, _) => LoopOf(stream).ReportUnhandled(new IOException("only told"), "only told")),
    };

    /// <summary>What may be called from any thread and ends the connection, with what the peer's end is then.</summary>
    private static readonly Dictionary<string, (Func<TlsStream, TlsListener, Task> Call, CloseReason[] Ends)> Ending = new()
    {
        ["TlsStream.CloseWriteAsync(CancellationToken)"] = ((stream, _) => stream.CloseWriteAsync(), [CloseReason.Clean]),
        ["TlsStream.ShutdownAsync(CancellationToken)"] = ((stream, _) => stream.ShutdownAsync(), [CloseReason.Clean]),
        ["TlsStream.DisposeAsync()"] = ((stream, _) => stream.DisposeAsync().AsTask(), [CloseReason.Clean]),
        ["TlsStream.Abort(TlsAlert, Exception)"] =
            (Do((stream, _) => stream.Abort(TlsAlert.AccessDenied)), [CloseReason.Failed, CloseReason.TransportLost]),
        ["TlsListener.StopAsync(CancellationToken)"] = ((_, listener) => listener.StopAsync(), [CloseReason.Clean]),
        ["TlsListener.DisposeAsync()"] = ((_, listener) => listener.DisposeAsync().AsTask(), [CloseReason.LocalAbort]),
    };

    /// <summary>What makes another connection: the members of the two static hosts, as the rest of the tests call them.</summary>
    private static bool MakesAnother(string member) =>
        member.StartsWith("TlsClient.", StringComparison.Ordinal) || member.StartsWith("TlsServer.", StringComparison.Ordinal)
        || member is "SocketTransport.Start(Socket, IProtocol, IEventLoop, SocketTransportOptions)"
            or "PipeTransport.Start(IDuplexPipe, IProtocol, IEventLoop, PipeTransportOptions)"
            or "PipeTransport.Start(Stream, IProtocol, IEventLoop, PipeTransportOptions)";

    [Test]
    public void Every_public_member_of_the_hosts_has_its_line()
    {
        var known = Free.Keys.Concat(Ending.Keys)
            .Concat(Refused.Keys.Concat(Looks.Keys).SelectMany(member => new[] { $"SocketTransport.{member}", $"PipeTransport.{member}" }))
            .ToHashSet();
        var members = Hosts.SelectMany(Members).ToHashSet();

        Assert.That(members.Where(member => !known.Contains(member) && !MakesAnother(member)), Is.Empty, "without a line");
        Assert.That(known.Except(members), Is.Empty, "lines without a member");
    }

    [TestCaseSource(nameof(RefusedMembers))]
    public async Task A_member_that_belongs_to_the_loop_is_refused_elsewhere_and_has_done_nothing(string member, bool isSocket)
    {
        // Given a transport in the middle of something: output that waits, input that is not read.
        var loop = new SerialEventLoop();
        using var sockets = await SocketPair.Connected(peerReceiveBuffer: 64 * 1024);
        var pipes = new PipePair(threshold: 1000);
        var protocol = new RecordingProtocol();
        IDrainingTransport transport = isSocket
            ? SocketTransport.Start(sockets.Ours, protocol, loop)
            : PipeTransport.Start(pipes.Ours, protocol, loop);
        await protocol.Made;
        var data = SocketPair.Pattern(3_000_000);
        await loop.Run(() =>
        {
            transport.PauseReading();
            transport.Write(data);
        });
        await (isSocket ? sockets.Send([1, 2, 3]) : pipes.Send([1, 2, 3]));
        var before = Snapshot();

        // When a second thread calls.
        var thrown = await Task.Run(() => Assert.Throws<InvalidOperationException>(() => Refused[member](transport)));

        // Then it hears where to call, nothing has changed, and all goes on.
        Assert.That(thrown!.Message, Does.Contain("event loop"));
        Assert.That(Snapshot(), Is.EqualTo(before));
        await loop.Run(transport.ResumeReading);
        await protocol.Until(() => protocol.Received.Length == 3, loop);
        Assert.That(isSocket ? await sockets.Read(data.Length) : await pipes.Read(data.Length), Is.EqualTo(data));
        await loop.Run(transport.Close);
        Assert.That(isSocket ? await sockets.ReadToEnd() : await pipes.ReadToEnd(), Is.Empty);
        Assert.That(await protocol.Lost, Is.Null);

        string Snapshot()
        {
            var switchable = (ISwitchableTransport)transport;
            return $"{switchable.Protocol == protocol} {switchable.IsReading} {transport.Progressed is null} {protocol.IsLost} "
                + $"{transport switch { SocketTransport socket => socket.IsClosing, var pipe => ((PipeTransport)pipe).IsClosing }}";
        }
    }

    [TestCaseSource(nameof(LookingMembers))]
    public async Task A_member_that_only_looks_does_so_from_anywhere(string member, bool isSocket)
    {
        var loop = new SerialEventLoop();
        using var sockets = await SocketPair.Connected();
        var protocol = new RecordingProtocol();
        IDrainingTransport transport = isSocket
            ? SocketTransport.Start(sockets.Ours, protocol, loop)
            : PipeTransport.Start(new PipePair().Ours, protocol, loop);
        await protocol.Made;

        var seen = await Task.Run(() => Looks[member](transport));

        Assert.That(seen, Is.EqualTo(await loop.Ask(() => Looks[member](transport))));
    }

    [TestCaseSource(nameof(FreeMembers))]
    public async Task A_member_for_any_thread_works_from_a_second_one_and_the_connection_after_it(string member)
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        await Echo(stream, overArrays: false);

        await Task.Run(() => Free[member](stream, server.Listener)).WaitAsync(Wait.Limit);

        await Echo(stream, overArrays: false);
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);
        Assert.That((await server.FirstEnd).Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [TestCaseSource(nameof(EndingMembers))]
    public async Task A_member_that_ends_a_connection_does_so_from_any_thread(string member)
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        await Echo(stream, overArrays: false);

        var ending = Task.Run(() => Ending[member].Call(stream, server.Listener));
        if (member.StartsWith("TlsListener.", StringComparison.Ordinal))
        {
            try
            {
                Assert.That(await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit), Is.Zero);
            }
            catch (IOException) when (Ending[member].Ends[0] != CloseReason.Clean)
            {
                // Aborted.
            }

            await stream.DisposeAsync();
        }

        await ending.WaitAsync(Wait.Limit);
        Assert.That(Ending[member].Ends, Does.Contain((await server.FirstEnd).Connection.CloseReason));
    }

    private static IEnumerable<object[]> RefusedMembers =>
        Refused.Keys.SelectMany(member => new[] { new object[] { member, true }, [member, false] });

    private static IEnumerable<object[]> LookingMembers =>
        Looks.Keys.SelectMany(member => new[] { new object[] { member, true }, [member, false] });

    private static IEnumerable<string> FreeMembers => Free.Keys;

    private static IEnumerable<string> EndingMembers => Ending.Keys;

    private static TlsServerOptions TestCertificatesOptions => new() { Credential = TestCertificates.Server };

    private static IEnumerable<string> Members(Type type) =>
        from member in type.GetMembers(Declared).OfType<MethodBase>()
        select $"{type.Name}.{member.Name}({string.Join(", ", member.GetParameters().Select(parameter => parameter.ParameterType.Name))})";

    private static SerialEventLoop LoopOf(TlsStream stream) => (SerialEventLoop)stream.Connection.Loop;

    private static Func<TlsStream, TlsListener, Task> Do(Action<TlsStream, TlsListener> call) => (stream, listener) =>
    {
        call(stream, listener);
        return Task.CompletedTask;
    };

    private static Func<TlsStream, TlsListener, Task> Do<T>(Func<TlsStream, TlsListener, T> call) => (stream, listener) =>
    {
        _ = call(stream, listener);
        return Task.CompletedTask;
    };

    private static Func<TlsStream, TlsListener, Task> Unsupported(Action<TlsStream> call) =>
        Do((stream, _) => Assert.That(() => call(stream), Throws.InstanceOf<NotSupportedException>()));

    private static async Task Echo(TlsStream stream, bool overArrays)
    {
        var (sent, echoed) = (SocketPair.Pattern(1000), new byte[1000]);
        if (overArrays)
            await stream.WriteAsync(sent, 0, sent.Length, CancellationToken.None);
        else
            await stream.WriteAsync(sent);

        for (var done = 0; done < echoed.Length;)
            done += overArrays
                ? await stream.ReadAsync(echoed, done, echoed.Length - done, CancellationToken.None).WaitAsync(Wait.Limit)
                : await stream.ReadAsync(echoed.AsMemory(done)).AsTask().WaitAsync(Wait.Limit);
        Assert.That(echoed, Is.EqualTo(sent));
    }

    private static async Task EchoByCallbacks(TlsStream stream)
    {
        var echoed = new byte[1];
        await Task.Factory.FromAsync(stream.BeginWrite([7], 0, 1, null, null), stream.EndWrite);
        Assert.That(await Task.Factory.FromAsync(stream.BeginRead(echoed, 0, 1, null, null), stream.EndRead), Is.EqualTo(1));
        Assert.That(echoed[0], Is.EqualTo(7));
    }

    private static Task EchoByBlocking(TlsStream stream) => Task.Run(() =>
    {
        stream.Write([7], 0, 1);
        var echoed = new byte[1];
        Assert.That((stream.Read(echoed, 0, 1), echoed[0]), Is.EqualTo((1, 7)));
    });
}
