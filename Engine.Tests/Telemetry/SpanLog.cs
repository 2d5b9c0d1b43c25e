using System.Diagnostics;

namespace TlsFsm.Tests.Telemetry;

/// <summary>The spans of one trace, which it begins; those of other tests are not sampled.</summary>
internal sealed class SpanLog : IDisposable
{
    private readonly Activity _root = new Activity("test").SetIdFormat(ActivityIdFormat.W3C);
    private readonly ActivityListener _listener;
    private readonly List<Activity> _ended = [];

    /// <param name="failure">What the listener throws when a span begins or ends.</param>
    /// <param name="wanted">How much of each span is wanted.</param>
    public SpanLog(Exception? failure = null, ActivitySamplingResult wanted = ActivitySamplingResult.AllDataAndRecorded)
    {
        _root.Start();
        var trace = _root.TraceId;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TlsTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == trace ? wanted : ActivitySamplingResult.None,
            ActivityStarted = _ => Throw(failure),
            ActivityStopped = activity =>
            {
                Throw(failure);
                lock (_ended)
                    _ended.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> Ended
    {
        get
        {
            lock (_ended)
                return [.. _ended];
        }
    }

    public Activity Root => _root;

    public void Dispose()
    {
        _listener.Dispose();
        _root.Dispose();
    }

    private static void Throw(Exception? failure)
    {
        if (failure is not null)
            throw failure;
    }
}
