using System.Net;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace TlsFsm.Samples.Observability;

/// <summary>An echo server over TLS whose connections OpenTelemetry measures, and Prometheus reads.</summary>
internal sealed class ObservedServer : IAsyncDisposable
{
    // Who says nothing, or does not take what comes back, has a place that others could have.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly MeterProvider _metrics;

    /// <param name="options">The server's side.</param>
    /// <param name="metricsPort">Where <c>/metrics</c> is answered, on this machine only.</param>
    /// <param name="listening">
    /// How it accepts. Null: a storm of new clients waits in the operating system's queue, 100 handshakes at once for each processor.
    /// </param>
    public ObservedServer(TlsServerOptions options, int metricsPort, TlsListenerOptions? listening = null)
    {
        // All that is needed to be measured: the meter's name. Before the first connection, or it is counted from where it is.
        _metrics = Sdk.CreateMeterProviderBuilder()
            .AddMeter(TlsTelemetry.MeterName)
            .AddPrometheusHttpListener(exporter => exporter.Port = metricsPort)
            .Build();
        Listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), options, () => TlsStream.CreateProtocol(EchoAsync),
            listening ?? new TlsListenerOptions { MaxHandshakes = 100 * Environment.ProcessorCount });
    }

    public TlsListener Listener { get; }

    public async ValueTask DisposeAsync()
    {
        await Listener.StopAsync();
        await Listener.DisposeAsync();
        _metrics.Dispose();
    }

    private static async Task EchoAsync(TlsStream stream)
    {
        var buffer = new byte[16 * 1024];
        using var idle = new CancellationTokenSource();
        try
        {
            while (true)
            {
                idle.CancelAfter(Patience);
                if (await stream.ReadAsync(buffer, idle.Token) is not (> 0 and var count))
                    return;
                await stream.WriteAsync(buffer.AsMemory(0, count), idle.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever is idle is sent away in order.
        }
    }
}
