namespace TlsFsm.Tests.Hosting;

/// <summary>A protocol that writes down what it is told, and does what a test says in each callback. Lives on its loop.</summary>
internal class RecordingProtocol : IProtocol
{
    private readonly TaskCompletionSource<ITransport> _made = New<ITransport>();
    private readonly TaskCompletionSource _ended = New();
    private readonly TaskCompletionSource<Exception?> _lost = New<Exception?>();
    private TaskCompletionSource _changed = New();

    public List<string> Calls { get; } = [];

    public MemoryStream Received { get; } = new();

    public ITransport Transport { get; private set; } = null!;

    public Action? OnMade { get; init; }

    public Action<byte[]>? OnData { get; set; }

    public Func<bool> OnEof { get; init; } = () => false;

    public Action? OnLost { get; init; }

    public Action? OnPause { get; init; }

    public Action? OnResume { get; init; }

    /// <summary>Done when connected.</summary>
    public Task<ITransport> Made => _made.Task.WaitAsync(Wait.Limit);

    /// <summary>Done at the peer's end of stream.</summary>
    public Task Ended => _ended.Task.WaitAsync(Wait.Limit);

    /// <summary>Done at the end, with the reason.</summary>
    public Task<Exception?> Lost => _lost.Task.WaitAsync(Wait.Limit);

    public bool IsLost => _lost.Task.IsCompleted;

    /// <summary>Done when a callback has made this true.</summary>
    public async Task Until(Func<bool> condition, IEventLoop loop)
    {
        while (true)
        {
            var (isTrue, changed) = await loop.Ask(() => (condition(), _changed.Task));
            if (isTrue)
                return;
            await changed.WaitAsync(Wait.Limit);
        }
    }

    public void ConnectionMade(ITransport transport)
    {
        Transport = transport;
        Note("made");
        OnMade?.Invoke();
        _made.TrySetResult(transport);
    }

    public void DataReceived(ReadOnlySpan<byte> data)
    {
        Received.Write(data);
        Note("data");
        OnData?.Invoke(data.ToArray());
    }

    public bool EofReceived()
    {
        Note("eof");
        _ended.TrySetResult();
        return OnEof();
    }

    public void ConnectionLost(Exception? exception)
    {
        Note("lost");
        _lost.TrySetResult(exception);
        OnLost?.Invoke();
    }

    public void PauseWriting()
    {
        Note("pause");
        OnPause?.Invoke();
    }

    public void ResumeWriting()
    {
        Note("resume");
        OnResume?.Invoke();
    }

    protected void Note(string call)
    {
        if (call != "data" || Calls.LastOrDefault() != "data")
            Calls.Add(call);

        var changed = _changed;
        _changed = New();
        changed.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<T> New<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
