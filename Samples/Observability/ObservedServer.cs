using System.Net;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace TlsFsm.Samples.Observability;

/// <summary>An echo server over TLS whose connections OpenTelemetry measures, and Prometheus reads.</summary>
internal sealed class ObservedServer : IAsyncDisposable
{
    private readonly MeterProvider _metrics;

    /// <param name="options">The server's side.</param>
    /// <param name="metricsPort">Where <c>/metrics</c> is answered, on this machine only.</param>
    public ObservedServer(TlsServerOptions options, int metricsPort)
    {
        // All that is needed to be measured: the meter's name. Before the first connection, or it is counted from where it is.
        _metrics = Sdk.CreateMeterProviderBuilder()
            .AddMeter(TlsTelemetry.MeterName)
            .AddPrometheusHttpListener(exporter => exporter.Port = metricsPort)
            .Build();
        Listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), options, () => TlsStream.CreateProtocol(stream => stream.CopyToAsync(stream)));
    }

    public TlsListener Listener { get; }

    public async ValueTask DisposeAsync()
    {
        await Listener.StopAsync();
        await Listener.DisposeAsync();
        _metrics.Dispose();
    }
}
