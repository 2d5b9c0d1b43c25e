using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TlsFsm.AspNetCore;
using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Sides;

namespace TlsFsm.Soak.Hosts;

/// <summary>Kestrel over TLS by <c>UseTlsFsm</c>, and a client of HTTP/1.1 by hand: one request a connection.</summary>
internal sealed class KestrelHost : SocketHost
{
    private readonly WebApplication _app;
    private readonly Dictionary<bool, int> _ports = [];

    private KestrelHost(Party party)
        : base(party)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;

            // A machine that is busy with everything else is no slow client.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromMinutes(5);
            foreach (var isHasty in (bool[])[false, true])
                kestrel.Listen(Party.AnyPort, listen =>
                {
                    listen.Use(next => async context =>
                    {
                        var run = RunOf(context.RemoteEndPoint);
                        try
                        {
                            await next(context);
                        }
                        finally
                        {
                            run?.EndServer();
                        }
                    });
                    listen.UseTlsFsm(party.Server(isHasty));
                    listen.Use(next => context =>
                    {
                        var connection = context.Features.Get<ITlsFsmFeature>()!.Connection;
                        RunOf(context.RemoteEndPoint)?.Server.Started(connection);
                        return next(context);
                    });
                });
        });
        _app = builder.Build();
        _app.MapPost("/", ServeAsync);
    }

    public static async Task<KestrelHost> StartAsync(Party party)
    {
        var host = new KestrelHost(party);
        await host._app.StartAsync();
        var addresses = host._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        (host._ports[false], host._ports[true]) = (new Uri(addresses[0]).Port, new Uri(addresses[1]).Port);
        return host;
    }

    protected override int PortFor(ConnectionPlan plan) => _ports[plan.IsHasty];

    public override async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override async Task TalkAsync(Run run, Socket socket, CancellationToken cancellationToken)
    {
        await using var stream = await TlsClient.OpenStreamAsync(
            socket, Party.Client(run.Plan), connectionStarted: run.Client.Started, cancellationToken: cancellationToken);
        await new HttpTalk(run.Plan, run.Client, stream).RunAsync(cancellationToken);
    }

    /// <summary>Reads the request and writes the answer side by side, as the other hosts do.</summary>
    private async Task ServeAsync(HttpContext context)
    {
        if (RunOf(new System.Net.IPEndPoint(context.Connection.RemoteIpAddress!, context.Connection.RemotePort)) is not { } run)
        {
            context.Abort();
            return;
        }

        context.Response.ContentLength = run.Plan.Download;
        await Task.WhenAll(ReadAsync(run, context), WriteAsync(run, context));
        run.Server.HasClosed = true;
    }

    private static async Task ReadAsync(Run run, HttpContext context)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var count)
                run.Server.Take(buffer.AsSpan(0, count));
            run.Server.HasReadEnd = true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task WriteAsync(Run run, HttpContext context)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (run.Server.Next(buffer.AsSpan(0, 16 * 1024)) is > 0 and var count)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), context.RequestAborted);
                run.Server.Wrote(count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A <see cref="TlsStream"/> with the heads of HTTP around what is sent and received.</summary>
    private sealed class HttpTalk(ConnectionPlan plan, Ledger ledger, TlsStream stream) : Talk(plan, ledger)
    {
        private readonly ConnectionPlan _plan = plan;
        private readonly Ledger _ledger = ledger;
        private byte[]? _behindHead;
        private Task? _asking;

        protected override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            await AskAsync(cancellationToken);
            _behindHead ??= await ReadHeadAsync(cancellationToken);
            if (_behindHead.Length == 0)
                return await stream.ReadAsync(buffer, cancellationToken);

            var count = Math.Min(_behindHead.Length, buffer.Length);
            _behindHead.AsSpan(0, count).CopyTo(buffer.Span);
            _behindHead = _behindHead[count..];
            return count;
        }

        protected override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            await AskAsync(cancellationToken);
            await stream.WriteAsync(data, cancellationToken);
        }

        protected override Task EndAsync() => stream.CloseWriteAsync();

        protected override ValueTask CloseAsync() => stream.DisposeAsync();

        /// <summary>The head goes out once, before either direction goes on.</summary>
        private Task AskAsync(CancellationToken cancellationToken)
        {
            lock (stream)
                return _asking ??= stream.WriteAsync(
                    Encoding.ASCII.GetBytes(
                        $"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {_plan.Upload}\r\nConnection: close\r\n\r\n"),
                    cancellationToken).AsTask();
        }

        private async Task<byte[]> ReadHeadAsync(CancellationToken cancellationToken)
        {
            var head = new byte[8 * 1024];
            for (var filled = 0; filled < head.Length;)
            {
                if (await stream.ReadAsync(head.AsMemory(filled), cancellationToken) is not (> 0 and var count))
                    throw Refused("nothing");

                filled += count;
                if (head.AsSpan(0, filled).IndexOf("\r\n\r\n"u8) is not (>= 0 and var end))
                    continue;

                var text = Encoding.ASCII.GetString(head, 0, end);
                if (!text.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
                    throw Refused(text);
                if (!text.Contains(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {_plan.Download}"), StringComparison.Ordinal))
                    throw new IOException($"The answer is not of {_plan.Download} bytes: {text}");

                return head[(end + 4)..filled];
            }

            throw Refused("a head without end");
        }

        private IOException Refused(string said)
        {
            _ledger.IsRefused = true;
            return new IOException($"The server said {said}.");
        }
    }
}
