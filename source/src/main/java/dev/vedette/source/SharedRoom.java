package dev.vedette.source;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Thread-safe: guarded by `lock`. The bytes that all connections of a source share for records
/// longer than the buffer that each of them has of its own.
///
/// When there is no room for one, the connection that has waited for the rest of its long record
/// for the longest is ended, and its bytes come free: whoever sends long records slowly, or many of
/// them at once, pays for it, and others are served. One that has its record whole and waits for
/// the intake is never ended: then the others wait too.
final class SharedRoom {
  /// What a connection that holds something is doing.
  private enum Doing {
    /// Waiting for its sender.
    READING,
    /// Waiting for more room.
    GROWING,
    /// Waiting for the intake.
    DELIVERING
  }

  /// Confined to its connection's thread, but for what `lock` guards. What one connection holds.
  final class Share {
    private final Runnable end;
    private long held;
    private Doing doing = Doing.READING;
    private volatile boolean ended;

    /// @param end ends the connection, without waiting for it
    private Share(Runnable end) {
      this.end = end;
    }

    /// Takes more bytes, waiting for them; false when the connection is to end.
    boolean take(int bytes) throws InterruptedException {
      lock.lockInterruptibly();
      try {
        doing = Doing.GROWING;
        while (free < bytes && !ended && !closed) {
          makeRoom();
          if (!ended) {
            changed.await();
          }
        }
        doing = Doing.READING;
        if (ended || closed) {
          return false;
        }
        free -= bytes;
        held += bytes;
        holders.add(this);
        return true;
      } finally {
        lock.unlock();
      }
    }

    /// Whether the connection has its record whole and only waits for the intake.
    void delivering(boolean is) {
      if (held == 0) {
        return;
      }
      lock.lock();
      try {
        doing = is ? Doing.DELIVERING : Doing.READING;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /// Gives everything back.
    void release() {
      lock.lock();
      try {
        if (holders.remove(this)) {
          free += held;
          held = 0;
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }

    /// Whether the connection was ended for room.
    boolean isEnded() {
      return ended;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /// Oldest first.
  private final Set<Share> holders = new LinkedHashSet<>();

  private long free;
  private boolean closed;

  SharedRoom(long bytes) {
    this.free = bytes;
  }

  Share share(Runnable end) {
    return new Share(end);
  }

  /// Ends a holder, unless one is ending already or will go on by itself.
  private void makeRoom() {
    @Nullable Share reading = null;
    @Nullable Share growing = null;
    for (var share : holders) {
      if (share.ended) {
        return;
      }
      switch (share.doing) {
        case READING -> reading = reading == null ? share : reading;
        case GROWING -> growing = growing == null ? share : growing;
        case DELIVERING -> {}
      }
    }
    boolean allGrowing = holders.stream().allMatch(share -> share.doing == Doing.GROWING);
    var oldest = reading == null && allGrowing ? growing : reading;
    if (oldest != null) {
      oldest.ended = true;
      oldest.end.run();
      changed.signalAll();
    }
  }

  /// Lets nobody wait any longer.
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
