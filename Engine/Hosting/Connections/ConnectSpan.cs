using System.Diagnostics;
using TlsFsm.Connection.Telemetry;

namespace TlsFsm.Hosting.Connections;

/// <summary>The span of a connect, its handshake included. What listeners throw is reported.</summary>
internal sealed class ConnectSpan : IDisposable
{
    private readonly Activity _activity;
    private readonly SerialEventLoop _loop;

    private ConnectSpan(Activity activity, SerialEventLoop loop) => (_activity, _loop) = (activity, loop);

    /// <summary>Null when nobody wants it.</summary>
    public static ConnectSpan? Begin(HostedConnection connection, string host, int port)
    {
        if (!Spans.AreWanted)
            return null;

        var loop = connection.Loop;
        try
        {
            var activity = Spans.Begin(
                Spans.Connect, ActivityKind.Client, Activity.Current?.Context ?? default, loop.TimeProvider.GetUtcNow());
            if (activity is null)
                return null;

            activity.SetTag("server.address", host).SetTag("server.port", port);
            connection.Connection.Parts.Witness.Parent = activity.Context;
            return new ConnectSpan(activity, loop);
        }
        catch (Exception exception)
        {
            Report(loop, exception);
            return null;
        }
    }

    public void Fail(Exception exception) => Spans.Fail(
        _activity, ErrorType.Of((exception as TlsException)?.Reason ?? CloseReason.None, exception), exception.Message);

    public void Dispose()
    {
        try
        {
            Spans.End(_activity, _loop.TimeProvider.GetUtcNow());
        }
        catch (Exception exception)
        {
            Report(_loop, exception);
        }
    }

    private static void Report(SerialEventLoop loop, Exception exception) =>
        loop.CallSoon(_ => loop.ReportUnhandled(exception, "A listener of traces failed."), null);
}
