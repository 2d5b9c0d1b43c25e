namespace TlsFsm.Tests.Hosting;

/// <summary>A handshake in memory, before the first one that counts.</summary>
public sealed class TlsWarmUpTests
{
    [TestCase(true)]
    [TestCase(false)]
    public async Task A_whole_connection_is_had_in_memory(bool isServer)
    {
        TlsConnection? seen = null;
        void See(TlsConnection connection) => seen = connection;

        await (isServer ? TlsWarmUp.ServerAsync(See, default) : TlsWarmUp.ClientAsync(See, default)).WaitAsync(Wait.Limit);

        Assert.That(seen!.Session!.CipherSuite, Is.Not.Default);
        Assert.That(await seen.Loop.Ask(() => seen.CloseReason), Is.EqualTo(CloseReason.Clean));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void It_can_be_cancelled(bool isServer)
    {
        var cancelled = new CancellationToken(canceled: true);

        Assert.That(
            () => (isServer ? TlsWarmUp.ServerAsync(cancelled) : TlsWarmUp.ClientAsync(cancelled)).WaitAsync(Wait.Limit),
            Throws.InstanceOf<OperationCanceledException>());
    }
}
