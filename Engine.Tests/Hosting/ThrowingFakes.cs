using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;

namespace TlsFsm.Tests.Hosting;

/// <summary>What can throw of a logger and of a clock.</summary>
internal static class ThrowingMembers
{
    public static readonly string[] LoggerMembers = ["CreateLogger", "IsEnabled", "Log", "BeginScope"];

    public static readonly string[] ClockMembers =
        ["TimestampFrequency", "GetTimestamp", "GetUtcNow", "CreateTimer", "Timer.Change", "Timer.Dispose", "all"];
}

/// <summary>One that throws when it is asked what it was.</summary>
internal sealed class SecretiveException : Exception
{
    public override string Message => throw new NotSupportedException("of the message");
}

/// <summary>A factory and its loggers, of which one member throws.</summary>
internal sealed class ThrowingLoggers(string member, Predicate<string>? isMeant = null) : ILoggerFactory
{
    public void AddProvider(ILoggerProvider provider) { }

    public ILogger CreateLogger(string categoryName)
    {
        var isBad = isMeant is null || isMeant(categoryName);
        return isBad && member == "CreateLogger"
            ? throw new IOException(member)
            : isBad ? new ThrowingLogger(member) : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
    }

    public void Dispose() { }

    private sealed class ThrowingLogger(string member) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull =>
            member == "BeginScope" ? throw new IOException(member) : null;

        public bool IsEnabled(LogLevel logLevel) => member == "IsEnabled" ? throw new IOException(member) : true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (member == "Log")
                throw new IOException(member);
        }
    }
}

/// <summary>The system's clock, of which one member throws.</summary>
internal sealed class ThrowingClock(string member) : TimeProvider
{
    public string Member { get; set; } = member;

    public override long TimestampFrequency => Or("TimestampFrequency", System.TimestampFrequency);

    public override long GetTimestamp() => Or("GetTimestamp", System.GetTimestamp());

    public override DateTimeOffset GetUtcNow() => Or("GetUtcNow", System.GetUtcNow());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(this, Or("CreateTimer", System).CreateTimer(callback, state, dueTime, period));

    private T Or<T>(string which, T value) => Member == which || Member == "all" ? throw new IOException("of the clock") : value;

    private sealed class Timer(ThrowingClock clock, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => clock.Or("Timer.Change", inner).Change(dueTime, period);

        public void Dispose()
        {
            inner.Dispose();
            clock.Or("Timer.Dispose", 0);
        }

        public ValueTask DisposeAsync() => clock.Or("Timer.Dispose", inner).DisposeAsync();
    }
}

/// <summary>A loop of somebody else's, whose last resort fails too.</summary>
internal sealed class UnreportingLoop : IEventLoop
{
    private readonly SerialEventLoop _inner = new();

    public TimeProvider TimeProvider => _inner.TimeProvider;

    public bool IsOnLoop => _inner.IsOnLoop;

    public void CallSoon(Action<object?> callback, object? state) => _inner.CallSoon(callback, state);

    public IDisposable CallLater(TimeSpan delay, Action<object?> callback, object? state) => _inner.CallLater(delay, callback, state);

    public void ReportUnhandled(Exception exception, string message) => throw new IOException("of the loop");
}

/// <summary>Memory that was given back to its pool.</summary>
internal sealed class ThrowingMemory(int size) : MemoryManager<byte>
{
    public override Memory<byte> Memory => CreateMemory(size);

    public override Span<byte> GetSpan() => throw new ObjectDisposedException("of the memory");

    public override MemoryHandle Pin(int elementIndex = 0) => throw new ObjectDisposedException("of the memory");

    public override void Unpin() { }

    protected override void Dispose(bool disposing) { }
}

/// <summary>A pool that is empty.</summary>
internal sealed class ThrowingPool : MemoryPool<byte>
{
    public override int MaxBufferSize => 4096;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => throw new InsufficientMemoryException("of the pool");

    protected override void Dispose(bool disposing) { }
}

/// <summary>Two ends that a test has put together.</summary>
internal sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

/// <summary>A reader that gives memory that throws.</summary>
internal sealed class BadReader(Memory<byte> memory) : PipeReader
{
    public override void AdvanceTo(SequencePosition consumed) { }

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) { }

    public override void CancelPendingRead() { }

    public override void Complete(Exception? exception = null) { }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        new(new ReadResult(new ReadOnlySequence<byte>(memory), isCanceled: false, isCompleted: false));

    public override bool TryRead(out ReadResult result) => throw new NotSupportedException();
}
