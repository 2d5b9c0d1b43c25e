using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace TlsFsm.Connection.Telemetry;

/// <summary>All instruments of one meter. What each means is docs/observability.md, which a test holds to this.</summary>
/// <remarks>An instrument that nobody listens to costs the question whether somebody does.</remarks>
internal sealed class Instruments
{
    private static readonly ConditionalWeakTable<IMeterFactory, Instruments> OfFactories = [];

    private Instruments(Meter meter)
    {
        Handshakes = meter.CreateCounter<long>("tlsfsm.handshakes", "{handshake}", "Handshakes that have finished or failed.");
        HandshakeDuration = meter.CreateHistogram(
            "tlsfsm.handshake.duration", "s", "From the connected transport to the end of the handshake.", tags: null,
            new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
            });
        Transitions = meter.CreateCounter<long>("tlsfsm.transitions", "{transition}", "Moves of the four machines.");
        Io = meter.CreateCounter<long>("tlsfsm.io", "By", "Bytes of TLS taken from and handed to transports.");
        Pauses = meter.CreateCounter<long>("tlsfsm.pauses", "{pause}", "Pauses of flow control that have begun.");
        Alerts = meter.CreateCounter<long>("tlsfsm.alerts", "{alert}", "Alerts sent and received.");
        Endings = meter.CreateCounter<long>("tlsfsm.endings", "{connection}", "Connections that have ended.");
        Limits = meter.CreateCounter<long>("tlsfsm.limits.hit", "{hit}", "Limits that were reached.");
        meter.CreateObservableUpDownCounter(
            "tlsfsm.active_connections", Open.Measure, "{connection}", "Connections between their beginning and their end, by state.");
        meter.CreateObservableUpDownCounter(
            "tlsfsm.decisions.pending", () => Open.Deciding, "{decision}", "Handshakes that wait for an answer of the application.");
    }

    /// <summary>The process's own meter, where options name no factory.</summary>
    public static Instruments Shared { get; } = new(new Meter(TlsTelemetry.MeterName, Version));

    /// <summary>How many connections are where. Kept whether anybody listens or not, so that it is right when somebody begins to.</summary>
    public OpenConnections Open { get; } = new();

    public Counter<long> Handshakes { get; }

    public Histogram<double> HandshakeDuration { get; }

    public Counter<long> Transitions { get; }

    public Counter<long> Io { get; }

    public Counter<long> Pauses { get; }

    public Counter<long> Alerts { get; }

    public Counter<long> Endings { get; }

    public Counter<long> Limits { get; }

    private static string? Version => typeof(Instruments).Assembly.GetName().Version?.ToString(3);

    /// <summary>The instruments of a factory's meter, made once for it.</summary>
    /// <param name="factory">Whose; null for the process's own.</param>
    /// <param name="failed">Told what the factory threw: the process's own are used then.</param>
    public static Instruments Of(IMeterFactory? factory, Action<Exception, string> failed)
    {
        if (factory is null)
            return Shared;

        try
        {
            return OfFactories.GetValue(
                factory, static one => new Instruments(one.Create(new MeterOptions(TlsTelemetry.MeterName) { Version = Version })));
        }
        catch (Exception exception)
        {
            failed(exception, "The factory of meters failed; the process's own meter is used.");
            return Shared;
        }
    }

    /// <summary>A limit that belongs to no single connection was reached.</summary>
    public static TagList LimitTags(string limit) => new() { { "tlsfsm.limit", limit } };
}
