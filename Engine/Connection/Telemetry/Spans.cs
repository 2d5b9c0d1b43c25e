using System.Diagnostics;

namespace TlsFsm.Connection.Telemetry;

/// <summary>
/// Begins and ends spans without making them current: a connection's turns run wherever its loop runs, and what else runs there is no part
/// of them.
/// </summary>
internal static class Spans
{
    public const string Connect = "TlsFsm.Connect";
    public const string Handshake = "TlsFsm.Handshake";
    public const string Decision = "TlsFsm.Decision";
    public const string Shutdown = "TlsFsm.Shutdown";

    private static readonly ActivitySource Source = new(TlsTelemetry.ActivitySourceName);

    public static bool AreWanted => Source.HasListeners();

    /// <summary>Begins a span; null when nobody wants it.</summary>
    /// <param name="name">One of those above.</param>
    /// <param name="kind">Which side we are on.</param>
    /// <param name="parent">What it is part of; the default for a trace of its own.</param>
    /// <param name="time">When it began, by the loop's clock.</param>
    public static Activity? Begin(string name, ActivityKind kind, ActivityContext parent, DateTimeOffset time)
    {
        if (!Source.HasListeners())
            return null;

        var current = Activity.Current;
        try
        {
            Activity.Current = null;
            return Source.StartActivity(kind, parent, startTime: time, name: name);
        }
        finally
        {
            Activity.Current = current;
        }
    }

    /// <summary>Ends a span.</summary>
    public static void End(Activity span, DateTimeOffset time)
    {
        var current = Activity.Current;
        try
        {
            span.SetEndTime(time.UtcDateTime);
            span.Stop();
        }
        finally
        {
            Activity.Current = current;
        }
    }

    /// <summary>Says that what the span is of has failed.</summary>
    public static void Fail(Activity span, string kind, string? message)
    {
        span.SetTag("error.type", kind);
        span.SetStatus(ActivityStatusCode.Error, message);
    }
}
