using System.Text;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>A stdout that collects bytes, and that can be stuck for a while.</summary>
internal sealed class CapturedBytes : Stream
{
    private readonly Lock _gate = new();
    private readonly MemoryStream _bytes = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _open = Task.CompletedTask;
    private TaskCompletionSource? _stuck;

    public byte[] ToArray()
    {
        lock (_gate)
            return _bytes.ToArray();
    }

    public string ToText() => Encoding.Latin1.GetString(ToArray());

    /// <summary>Takes nothing until <see cref="LetGo"/>.</summary>
    public void GetStuck()
    {
        _stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _open = _stuck.Task;
    }

    /// <summary>Takes nothing any more, as a pipe whose reader has gone.</summary>
    public void Break() => _open = Task.FromException(new IOException("Broken pipe."));

    public void LetGo() => _stuck!.SetResult();

    public async Task WaitForLengthAsync(long length)
    {
        using var timeout = new CancellationTokenSource(ExternalTool.Patience);
        while (true)
        {
            Task news;
            lock (_gate)
            {
                if (_bytes.Length >= length)
                    return;

                news = _news.Task;
            }

            await news.WaitAsync(timeout.Token);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _open.WaitAsync(cancellationToken);
        Write(buffer.Span);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        TaskCompletionSource news;
        lock (_gate)
        {
            _bytes.Write(buffer);
            (news, _news) = (_news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        news.TrySetResult();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
