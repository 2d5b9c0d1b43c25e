namespace TlsFsm;

/// <summary>The names under which connections are measured and traced (docs/observability.md).</summary>
public static class TlsTelemetry
{
    /// <summary>The <see cref="System.Diagnostics.Metrics.Meter"/> of all: what OpenTelemetry's <c>AddMeter</c> takes.</summary>
    public const string MeterName = "TlsFsm";

    /// <summary>The <see cref="System.Diagnostics.ActivitySource"/> of all spans: what OpenTelemetry's <c>AddSource</c> takes.</summary>
    public const string ActivitySourceName = "TlsFsm";
}
