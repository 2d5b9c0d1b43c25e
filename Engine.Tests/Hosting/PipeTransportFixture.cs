using Microsoft.Extensions.Time.Testing;

namespace TlsFsm.Tests.Hosting;

/// <summary>A transport over pipes, with a scripted protocol above and a test that plays the peer.</summary>
public abstract class PipeTransportFixture
{
    private protected FakeTimeProvider Clock { get; private set; } = null!;

    private protected List<string> Unhandled { get; } = [];

    private protected SerialEventLoop Loop { get; private set; } = null!;

    [SetUp]
    public void SetUp()
    {
        Clock = new FakeTimeProvider();
        Unhandled.Clear();
        Loop = new SerialEventLoop(Clock, onUnhandled: (_, message) => Unhandled.Add(message));
    }

    private protected async Task<PipeTransport> Start(PipePair pair, RecordingProtocol protocol, PipeTransportOptions? options = null)
    {
        var transport = PipeTransport.Start(pair.Ours, protocol, Loop, options);
        Assert.That(await protocol.Made, Is.SameAs(transport));
        return transport;
    }

    private protected static string[] Calls(string words) => words.Split(' ');

    /// <summary>Comes back when the transport's writes have gone as far as the pipe lets them.</summary>
    private protected Task Settled() => Loop.Drained();
}
