using Microsoft.Extensions.Time.Testing;
using TlsFsm.Hosting.Sockets;

namespace TlsFsm.Tests.Hosting;

/// <summary>A transport over real loopback sockets, with a scripted protocol above and a test that plays the peer.</summary>
public abstract class SocketTransportFixture
{
    private TaskCompletionSource _released = null!;

    private protected FakeTimeProvider Clock { get; private set; } = null!;

    private protected List<string> Unhandled { get; } = [];

    private protected SerialEventLoop Loop { get; private set; } = null!;

    private protected SocketPair Pair { get; private set; } = null!;

    [SetUp]
    public async Task SetUp()
    {
        Clock = new FakeTimeProvider();
        Unhandled.Clear();
        Loop = new SerialEventLoop(Clock, onUnhandled: (_, message) => Unhandled.Add(message));

        // Buffers of the system small enough to be filled, and above the loopback interface's segments of 64 KiB, or every step waits for a
        // timer.
        Pair = await SocketPair.Connected(peerReceiveBuffer: 128 * 1024);
        Pair.Ours.SendBufferSize = 128 * 1024;
        _released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [TearDown]
    public void TearDown() => Pair.Dispose();

    private protected async Task<SocketTransport> Start(RecordingProtocol protocol, SocketTransportOptions? options = null)
    {
        var transport = SocketTransport.Start(Pair.Ours, protocol, Loop, options, new ReleaseWatcher(_released));
        Assert.That(await protocol.Made, Is.SameAs(transport));
        return transport;
    }

    /// <summary>Done when the transport has closed its socket.</summary>
    private protected Task Release() => _released.Task.WaitAsync(Wait.Limit);

    private protected bool IsReleased => _released.Task.IsCompleted;

    /// <summary>For what only the operating system knows; asked for on the loop.</summary>
    private protected Task Until(Func<bool> condition) => Loop.Until(condition);

    private protected static string[] Calls(string words) => words.Split(' ');

    private sealed class ReleaseWatcher(TaskCompletionSource released) : ISocketHost
    {
        public void ConnectionEnded() { }

        public void SocketReleased() => released.SetResult();
    }
}
