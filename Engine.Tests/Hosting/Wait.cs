using System.Net.Sockets;

namespace TlsFsm.Tests.Hosting;

/// <summary>Waiting for what happens on other threads: for events, never for time to pass.</summary>
internal static class Wait
{
    /// <summary>Long enough for a machine under load; reached only by a test that fails.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Runs something on the loop and comes back when it has run.</summary>
    public static async Task Run(this IEventLoop loop, Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.CallSoon(
            _ =>
            {
                try
                {
                    action();
                    done.SetResult();
                }
                catch (Exception exception)
                {
                    done.SetException(exception);
                }
            },
            null);
        await done.Task.WaitAsync(Limit);
    }

    /// <summary>Runs a member that guards itself with its own name.</summary>
    public static Task Run(this SerialEventLoop loop, Action<string> member) => loop.Run(() => member("test"));

    /// <summary>Comes back when all that is queued has run, and what that queued too.</summary>
    public static async Task Drained(this IEventLoop loop)
    {
        for (var i = 0; i < 3; i++)
            await loop.Run(() => { });
    }

    /// <summary>For what nobody tells of; asked for on the loop until it is so.</summary>
    public static async Task Until(this IEventLoop loop, Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await loop.Ask(condition))
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>The socket under a connection.</summary>
    public static Socket GetSocket(this TlsConnection connection) => (Socket)connection.Transport.GetExtraInfo(ExtraInfo.Socket)!;

    /// <summary>A value that the loop's own thread reads.</summary>
    public static async Task<T> Ask<T>(this IEventLoop loop, Func<T> question)
    {
        var answer = default(T)!;
        await loop.Run(() => answer = question());
        return answer;
    }
}
