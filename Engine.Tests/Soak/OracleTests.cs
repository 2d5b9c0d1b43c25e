using TlsFsm.Soak.Hosts;
using TlsFsm.Soak.Judging;
using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Sides;
using TlsFsm.Soak.Wires;
using TlsFsm.Tests.Hosting;

namespace TlsFsm.Tests.Soak;

/// <summary>The oracle of the soak must be able to fail: ends that lie, over TLS that does not.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class OracleTests
{
    private static readonly ConnectionPlan Plan = new(
        1, 1, HostKind.DuplexPipe, WireFault.None, TowardsServer: true, StrikeAt: 0, Life.ServerCloses,
        System.Security.Authentication.SslProtocols.Tls13, Upload: 6400, Download: 12800);

    [Test]
    public async Task An_honest_connection_breaks_nothing()
    {
        var run = await PlayAsync(Plan, (run, pipe) => new PipeTalk(run.Plan, run.Server, pipe));

        Assert.That(Oracle.Judge(run), Is.Empty);
    }

    [Test]
    public async Task A_byte_that_is_altered_is_noticed_at_its_place()
    {
        var run = await PlayAsync(Plan, (run, pipe) => new LyingServer(run, pipe, altered: 12345));

        Assert.That(Oracle.Judge(run), Does.Contain("The client received another byte than was sent at 12345."));
    }

    [Test]
    public async Task A_tail_that_is_lost_before_an_end_in_order_is_noticed()
    {
        var run = await PlayAsync(Plan, (run, pipe) => new LyingServer(run, pipe, kept: 12800 - 64));

        Assert.That(run.Client.Reason, Is.EqualTo(CloseReason.Clean));
        Assert.That(Oracle.Judge(run), Is.SupersetOf(new[]
        {
            "The client was told an end in order after 12736 bytes of 12800 that the server had sent.",
            "The server was told a clean end, and 12736 of 12800 accepted bytes have arrived.",
        }));
    }

    [Test]
    public async Task An_end_that_no_fault_explains_is_noticed()
    {
        var run = await PlayAsync(Plan, (run, pipe) => new LyingServer(run, pipe, aborts: true));

        Assert.That(
            Oracle.Judge(run), Has.Some.StartsWith("The server ended with LocalAbort; nothing wrong on the way lets expect Clean."));
    }

    [Test]
    public async Task A_cut_that_is_told_as_a_clean_end_is_noticed()
    {
        // The plan says that the server's input was cut; what is played here was whole, so its end does not fit.
        var plan = Plan with { Fault = WireFault.HalfClose, StrikeAt = long.MaxValue };
        var run = await PlayAsync(plan, (run, pipe) => new PipeTalk(run.Plan, run.Server, pipe));

        Assert.That(Fits.Why(run, run.Server, hasStruck: true), Does.StartWith("The server ended with Clean; HalfClose lets expect"));
        Assert.That(Fits.Why(run, run.Server, hasStruck: false), Is.Null);
    }

    [Test]
    public void Whatever_stays_behind_is_named()
    {
        var before = new Vitals(TimeSpan.Zero, 0, HeapBytes: 10 << 20, 0, Sockets: 4, Descriptors: 100, Timers: 1, Threads: 20);
        var after = new Vitals(TimeSpan.Zero, 0, HeapBytes: 100 << 20, 0, Sockets: 5, Descriptors: 200, Timers: 100, Threads: 200);

        Assert.That(Leftovers.Compare(before, before, alive: 0), Is.Empty);
        Assert.That(Leftovers.Compare(before, after, alive: 7).Count(), Is.EqualTo(6));
    }

    private static async Task<Run> PlayAsync(ConnectionPlan plan, Func<Run, TlsDuplexPipe, Talk> serve)
    {
        using var party = new Party(connections: 1);
        PipeEnd client = new(), server = new();
        var run = new Run(plan);
        run.Wire = new Wire(plan, client, server);
        await Task.WhenAll(
            run.Wire.RunAsync(CancellationToken.None),
            Task.Run(async () =>
            {
                await using var pipe = await TlsClient.OpenPipeAsync(
                    client.Theirs, party.Client(plan), connectionStarted: run.Client.Started);
                await new PipeTalk(plan, run.Client, pipe).RunAsync(CancellationToken.None);
            }),
            Task.Run(async () =>
            {
                await using var pipe = await TlsServer.OpenPipeAsync(
                    server.Theirs, party.Server(isHasty: false), connectionStarted: run.Server.Started);
                await serve(run, pipe).RunAsync(CancellationToken.None);
            })).WaitAsync(Wait.Limit);
        run.Client.Close();
        run.Server.Close();
        return run;
    }

    /// <summary>A server whose library, let us say, has a fault.</summary>
    private sealed class LyingServer(Run run, TlsDuplexPipe pipe, long altered = -1, long kept = long.MaxValue, bool aborts = false)
        : Talk(run.Plan, run.Server)
    {
        private readonly PipeStream _stream = new(pipe);
        private long _written;

        protected override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => _stream.ReadAsync(buffer);

        protected override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            var copy = data.ToArray();
            if (altered >= _written && altered < _written + copy.Length)
                copy[altered - _written] ^= 1;
            var count = (int)Math.Clamp(kept - _written, 0, copy.Length);
            _written += copy.Length;
            await pipe.Output.WriteAsync(copy.AsMemory(0, count), cancellationToken);
            if (aborts)
                pipe.Abort();
        }

        protected override Task EndAsync() => throw new NotSupportedException("Not in this life.");

        protected override ValueTask CloseAsync() => pipe.DisposeAsync();
    }

    private sealed class PipeStream(TlsDuplexPipe pipe)
    {
        private readonly Stream _input = pipe.Input.AsStream(leaveOpen: true);

        public ValueTask<int> ReadAsync(Memory<byte> buffer) => _input.ReadAsync(buffer);
    }
}
